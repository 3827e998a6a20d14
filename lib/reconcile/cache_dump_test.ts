import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { Observed } from "../api/meta.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { DUMPED_ADDRESSES_MAX, dumpIpam, dumpLeases, dumpMacCache } from "./cache_dump.ts";
import { poolViewOf } from "./ippool/pool_view.ts";
import { leaseTableOf } from "./lease_table.ts";

function ip(text: string): Ipv4Address {
  return parseIpv4Address(text)!;
}

function pool(changes: Parameters<typeof ippoolSample>[0] = {}): Observed<IPPool> {
  const object = ippoolSample(changes);
  return { object, parsed: parseIPPool(object) };
}

/** A pool with the two VMs of the README's sample output. */
const README_POOL = pool({
  status: {
    ipv4: {
      allocated: {
        "192.168.48.81": "EXCLUDED",
        "192.168.48.82": "e2:67:41:51:64:ae",
        "192.168.48.85": "aa:c9:4d:9d:59:53",
        "192.168.48.90": "EXCLUDED",
      },
      used: 0,
      available: 0,
    },
  },
});

Deno.test("dumpMacCache() gives the README's body", () => {
  assert.equal(
    JSON.stringify(Object.fromEntries(dumpMacCache(poolViewOf(README_POOL)))),
    '{"aa:c9:4d:9d:59:53":"192.168.48.85","e2:67:41:51:64:ae":"192.168.48.82"}',
  );
});

Deno.test("dumpLeases() gives the README's body", () => {
  const ntp = ["103.147.22.149", "17.253.116.253", "112.104.189.124", "118.163.74.161"].map(ip);
  const { parsed } = README_POOL;
  assert.ok(parsed.ok);
  const table = leaseTableOf(parsed.value, () => ntp);
  assert.equal(
    JSON.stringify(Object.fromEntries(dumpLeases(table))),
    String
      .raw`{"aa:c9:4d:9d:59:53":"{\"ServerIP\":\"192.168.48.77\",\"ClientIP\":\"192.168.48.85\",\"SubnetMask\":\"////AA==\",\"Router\":\"192.168.48.1\",\"DNS\":[\"1.1.1.1\"],\"DomainName\":\"aibao.moe\",\"DomainSearch\":[\"aibao.moe\"],\"NTP\":[\"17.253.116.253\",\"103.147.22.149\",\"112.104.189.124\",\"118.163.74.161\"],\"LeaseTime\":300}","e2:67:41:51:64:ae":"{\"ServerIP\":\"192.168.48.77\",\"ClientIP\":\"192.168.48.82\",\"SubnetMask\":\"////AA==\",\"Router\":\"192.168.48.1\",\"DNS\":[\"1.1.1.1\"],\"DomainName\":\"aibao.moe\",\"DomainSearch\":[\"aibao.moe\"],\"NTP\":[\"17.253.116.253\",\"103.147.22.149\",\"112.104.189.124\",\"118.163.74.161\"],\"LeaseTime\":300}"}`,
  );
});

Deno.test("dumpLeases() adds when each client was seen, and null for one that never asked", () => {
  const { parsed } = README_POOL;
  assert.ok(parsed.ok);
  const table = leaseTableOf(parsed.value, () => []);
  const seen = {
    mac: "aa:c9:4d:9d:59:53",
    time: "2026-01-31T12:00:00Z",
    type: "REQUEST",
    outcome: "ack",
    count: 3,
  };
  const verbose = [...dumpLeases(table, (mac) => mac === 0xaac94d9d5953 ? seen : undefined)];
  const plain = [...dumpLeases(table)];
  assert.deepEqual(verbose.map(([mac]) => mac), plain.map(([mac]) => mac));
  const values = verbose.map(([, lease]) => JSON.parse(lease));
  assert.deepEqual(values.map(({ LastSeen }) => LastSeen), [
    { Time: "2026-01-31T12:00:00Z", Type: "REQUEST", Outcome: "ack", Count: 3 },
    null,
  ]);
  const others = values.map(({ LastSeen: _, ...rest }) => rest);
  assert.deepEqual(others, plain.map(([, lease]) => JSON.parse(lease)), "all else is as ever");
});

Deno.test("dumpIpam() lists what can be handed out and whether it is in use", () => {
  const dump = Object.fromEntries(dumpIpam(poolViewOf(README_POOL)));
  assert.equal(Object.keys(dump).length, 8);
  const used = Object.entries(dump).filter(([, value]) => value === "true").map(([key]) => key);
  assert.deepEqual(used, ["192.168.48.82", "192.168.48.85"]);
  assert.equal(dump["192.168.48.83"], "false");
});

Deno.test("dumpIpam() has the addresses that VMs hold beside the range, in their order", () => {
  const allocated = {
    "192.168.48.10": "aa:c9:4d:9d:59:53",
    "192.168.48.9": "aa:c9:4d:9d:59:54",
    "192.168.48.200": "aa:c9:4d:9d:59:55",
    "192.168.48.82": "aa:c9:4d:9d:59:56",
  };
  const dump = [...dumpIpam(poolViewOf(pool({ status: { ipv4: { allocated } } })))];
  const used = dump.filter(([, isUsed]) => isUsed === "true").map(([address]) => address);
  assert.deepEqual(used, ["192.168.48.9", "192.168.48.10", "192.168.48.82", "192.168.48.200"]);
  assert.deepEqual([dump[0]![0], dump.at(-1)![0]], ["192.168.48.9", "192.168.48.200"]);
  assert.equal(dump.length, 11);
});

Deno.test("dumpIpam() is bounded for a large range", () => {
  const large = pool({
    ipv4Config: {
      cidr: "10.0.0.0/8",
      serverIP: "10.255.0.1",
      router: "10.255.0.2",
      pool: { start: "10.0.0.1", end: "10.254.255.255" },
    },
  });
  assert.equal([...dumpIpam(poolViewOf(large))].length, DUMPED_ADDRESSES_MAX);
});

Deno.test("dumpIpam() of a pool without a valid range is empty", () => {
  assert.deepEqual(
    [...dumpIpam(poolViewOf(pool({ pool: { start: "10.0.0.1", end: "10.0.0.9" } })))],
    [],
  );
});
