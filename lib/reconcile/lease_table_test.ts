import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, parseMacAddress } from "../net/mac_address.ts";
import { DUMPED_ADDRESSES_MAX, dumpIpam, dumpLeases, dumpMacCache } from "./cache_dump.ts";
import { leaseTableOf, ntpNamesOf } from "./lease_table.ts";

function ip(text: string): Ipv4Address {
  return parseIpv4Address(text)!;
}

function pool(changes: Parameters<typeof ippoolSample>[0] = {}): IPPool {
  const parsed = parseIPPool(ippoolSample(changes));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function withRecord(allocated: JsonObject): IPPool {
  return pool({ status: { ipv4: { allocated, used: 0, available: 0 } } });
}

function noNames(): readonly Ipv4Address[] {
  return [];
}

/** The two VMs of the README's sample output. */
const README_RECORD = {
  "192.168.48.81": "EXCLUDED",
  "192.168.48.82": "e2:67:41:51:64:ae",
  "192.168.48.85": "aa:c9:4d:9d:59:53",
  "192.168.48.90": "EXCLUDED",
};

Deno.test("leaseTableOf() binds what the record names, whatever the spelling of the MAC", () => {
  const table = leaseTableOf(withRecord({ "192.168.48.82": "E2-67-41-51-64-AE" }), noNames);
  assert.equal(table.addressOf(parseMacAddress("e2:67:41:51:64:ae")!), ip("192.168.48.82"));
});

Deno.test("leaseTableOf() leaves marks and unreadable entries out", () => {
  const table = leaseTableOf(
    withRecord({ ...README_RECORD, "192.168.48.83": "?", "x": "aa:c9:4d:9d:59:54" }),
    noNames,
  );
  assert.deepEqual(
    [...table.bindings()].map(([mac]) => formatMacAddress(mac)),
    ["e2:67:41:51:64:ae", "aa:c9:4d:9d:59:53"],
  );
});

Deno.test("leaseTableOf() gives a MAC that the record names twice its first address only", () => {
  const mac = "e2:67:41:51:64:ae";
  const table = leaseTableOf(withRecord({ "192.168.48.82": mac, "192.168.48.83": mac }), noNames);
  assert.equal(table.size, 1);
  assert.equal(table.addressOf(parseMacAddress(mac)!), ip("192.168.48.82"));
});

Deno.test("leaseTableOf() serves from the record while CacheReady is False", () => {
  const conditions = [{ type: "CacheReady", status: "False" }];
  const ipv4 = { allocated: README_RECORD, used: 2, available: 6 };
  const table = leaseTableOf(pool({ status: { ipv4, conditions } }), noNames);
  assert.equal(table.size, 2);
});

Deno.test("leaseTableOf() says whether the pool is paused", () => {
  const table = leaseTableOf(pool({ spec: { paused: true } }), noNames);
  assert.equal(table.paused, true);
});

Deno.test("leaseTableOf() puts NTP addresses in a stable order without repetition", () => {
  const table = leaseTableOf(
    pool({ ipv4Config: { ntp: ["10.0.0.9", "pool.ntp.org", "unknown"] } }),
    (name) => name === "pool.ntp.org" ? [ip("10.0.0.12"), ip("10.0.0.9"), ip("10.0.0.11")] : [],
  );
  assert.deepEqual(
    table.parameters.ntpServers,
    ["10.0.0.9", "10.0.0.11", "10.0.0.12"].map(ip),
  );
});

Deno.test("ntpNamesOf() gives each name once and no address", () => {
  assert.deepEqual(ntpNamesOf(pool({ ipv4Config: { ntp: ["a.b", "10.0.0.9", "a.b"] } })), ["a.b"]);
});

Deno.test("dumpMacCache() gives the README's body", () => {
  assert.equal(
    JSON.stringify(dumpMacCache(withRecord(README_RECORD))),
    '{"aa:c9:4d:9d:59:53":"192.168.48.85","e2:67:41:51:64:ae":"192.168.48.82"}',
  );
});

Deno.test("dumpLeases() gives the README's body", () => {
  const ntp = ["103.147.22.149", "17.253.116.253", "112.104.189.124", "118.163.74.161"].map(ip);
  const table = leaseTableOf(withRecord(README_RECORD), () => ntp);
  assert.equal(
    JSON.stringify(dumpLeases(table)),
    String
      .raw`{"aa:c9:4d:9d:59:53":"{\"ServerIP\":\"192.168.48.77\",\"ClientIP\":\"192.168.48.85\",\"SubnetMask\":\"////AA==\",\"Router\":\"192.168.48.1\",\"DNS\":[\"1.1.1.1\"],\"DomainName\":\"aibao.moe\",\"DomainSearch\":[\"aibao.moe\"],\"NTP\":[\"17.253.116.253\",\"103.147.22.149\",\"112.104.189.124\",\"118.163.74.161\"],\"LeaseTime\":300}","e2:67:41:51:64:ae":"{\"ServerIP\":\"192.168.48.77\",\"ClientIP\":\"192.168.48.82\",\"SubnetMask\":\"////AA==\",\"Router\":\"192.168.48.1\",\"DNS\":[\"1.1.1.1\"],\"DomainName\":\"aibao.moe\",\"DomainSearch\":[\"aibao.moe\"],\"NTP\":[\"17.253.116.253\",\"103.147.22.149\",\"112.104.189.124\",\"118.163.74.161\"],\"LeaseTime\":300}"}`,
  );
});

Deno.test("dumpIpam() lists what can be handed out and whether it is in use", () => {
  const dump = dumpIpam(withRecord(README_RECORD));
  assert.equal(Object.keys(dump).length, 8);
  const used = Object.entries(dump).filter(([, value]) => value === "true").map(([key]) => key);
  assert.deepEqual(used, ["192.168.48.82", "192.168.48.85"]);
  assert.equal(dump["192.168.48.83"], "false");
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
  assert.equal(Object.keys(dumpIpam(large)).length, DUMPED_ADDRESSES_MAX);
});

Deno.test("dumpIpam() of a pool without a valid range is empty", () => {
  assert.deepEqual(dumpIpam(pool({ pool: { start: "10.0.0.1", end: "10.0.0.9" } })), {});
});
