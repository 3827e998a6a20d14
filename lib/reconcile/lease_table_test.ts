import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, parseMacAddress } from "../net/mac_address.ts";
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

Deno.test("leaseTableOf() leaves out what no client can have: edges, the server, other subnets, group MACs", () => {
  const table = leaseTableOf(
    withRecord({
      "192.168.48.0": "e2:67:41:51:64:01",
      "192.168.48.255": "e2:67:41:51:64:02",
      "192.168.48.77": "e2:67:41:51:64:03",
      "10.0.0.1": "e2:67:41:51:64:04",
      "192.168.48.83": "01:00:5e:00:00:01",
      "192.168.48.84": "00:00:00:00:00:00",
      "192.168.48.86": "ff:ff:ff:ff:ff:ff",
      ...README_RECORD,
    }),
    noNames,
  );
  assert.deepEqual(
    [...table.bindings()].map(([mac]) => formatMacAddress(mac)),
    ["e2:67:41:51:64:ae", "aa:c9:4d:9d:59:53"],
  );
});

Deno.test("leaseTableOf() binds both addresses of a /31 but the server's", () => {
  const table = leaseTableOf(
    pool({
      ipv4Config: { cidr: "192.168.48.76/31", router: undefined },
      pool: { start: "192.168.48.76", end: "192.168.48.77", exclude: [] },
      status: {
        ipv4: { allocated: { "192.168.48.76": "e2:67:41:51:64:ae" }, used: 1, available: 0 },
      },
    }),
    noNames,
  );
  assert.equal(table.addressOf(parseMacAddress("e2:67:41:51:64:ae")!), ip("192.168.48.76"));
});

Deno.test("leaseTableOf() tells clients nothing that cannot be true", () => {
  const { parameters } = leaseTableOf(
    pool({
      ipv4Config: {
        dns: ["0.0.0.0", "192.168.48.255", "9.9.9.9"],
        ntp: ["224.0.1.1", "10.0.0.300", "255.255.255.255", "10.0.0.9"],
        domainSearch: ["10.0.0.1", "lab.example.com"],
        domainName: "lab\u0000",
        router: "192.168.48.255",
        relays: ["0.0.0.0", "10.1.1.1"],
        routes: [
          { destination: "10.0.0.0/8", gateway: "192.168.48.0" },
          { destination: "127.0.0.0/8", gateway: "192.168.48.1" },
          { destination: "0.0.0.0/1", gateway: "192.168.48.1" },
          { destination: "224.0.0.0/4", gateway: "0.0.0.0" },
        ],
        boot: { nextServer: "240.0.0.1", files: [{ file: "a" }] },
      },
    }),
    () => [],
  );
  assert.deepEqual(parameters.dns, [ip("9.9.9.9")]);
  assert.deepEqual(parameters.ntpServers, [ip("10.0.0.9")]);
  assert.deepEqual(parameters.domainSearch, ["lab.example.com"]);
  assert.deepEqual(parameters.relays, [ip("10.1.1.1")]);
  assert.deepEqual(parameters.routes?.map(({ destination }) => destination.prefixLength), [1, 4]);
  for (const absent of ["router", "domainName"]) assert.equal(absent in parameters, false, absent);
  assert.equal("nextServer" in parameters.boot!, false);
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
  assert.equal(leaseTableOf(pool(), noNames).paused, false);
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

Deno.test("leaseTableOf() passes on the first 16 NTP addresses", () => {
  const addresses = Array.from({ length: 17 }, (_, i) => ip(`10.0.0.${i + 1}`));
  const table = leaseTableOf(pool(), () => addresses);
  assert.deepEqual(table.parameters.ntpServers, addresses.slice(0, 16));
});

Deno.test("ntpNamesOf() gives each name once and no address", () => {
  assert.deepEqual(ntpNamesOf(pool({ ipv4Config: { ntp: ["a.b", "10.0.0.9", "a.b"] } })), ["a.b"]);
});
