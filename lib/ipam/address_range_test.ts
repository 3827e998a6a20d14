import assert from "node:assert/strict";
import { parseCidr } from "../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { addressRangeOf, checkAddresses, type RangeSettings } from "./address_range.ts";

function ip(text: string): Ipv4Address {
  return parseIpv4Address(text)!;
}

function settings(changes: {
  cidr?: string;
  start?: string;
  end?: string;
  exclude?: string[];
  serverIp?: string;
  router?: string;
} = {}): RangeSettings {
  return {
    cidr: parseCidr(changes.cidr ?? "192.168.48.0/24")!,
    start: ip(changes.start ?? "192.168.48.81"),
    end: ip(changes.end ?? "192.168.48.90"),
    exclude: (changes.exclude ?? ["192.168.48.81", "192.168.48.90"]).map(ip),
    serverIp: ip(changes.serverIp ?? "192.168.48.77"),
    ...(changes.router === undefined ? {} : { router: ip(changes.router) }),
  };
}

const COUNTS = [
  { name: "the example without its two exclusions", change: {}, count: 8 },
  { name: "a server in the range", change: { serverIp: "192.168.48.85" }, count: 7 },
  { name: "a router in the range", change: { router: "192.168.48.85" }, count: 7 },
  {
    name: "one address that is excluded and reserved",
    change: { serverIp: "192.168.48.81" },
    count: 8,
  },
  { name: "an exclusion outside the range", change: { exclude: ["192.168.48.7"] }, count: 10 },
  {
    name: "an exclusion given twice",
    change: { exclude: ["192.168.48.82", "192.168.48.82"] },
    count: 9,
  },
  {
    name: "a whole subnet but its edges",
    change: { start: "192.168.48.0", end: "192.168.48.255", exclude: [] },
    count: 253,
  },
  {
    name: "both addresses of a /31 but the server's",
    change: {
      cidr: "10.0.0.0/31",
      start: "10.0.0.0",
      end: "10.0.0.1",
      exclude: [],
      serverIp: "10.0.0.0",
    },
    count: 1,
  },
  {
    name: "the two hosts of a /30",
    change: { cidr: "10.0.0.0/30", start: "10.0.0.0", end: "10.0.0.3", exclude: [] },
    count: 2,
  },
  {
    name: "the one address of a /32",
    change: { cidr: "10.0.0.5/32", start: "10.0.0.5", end: "10.0.0.5", exclude: [] },
    count: 1,
  },
  {
    name: "a /8 but its edges and the server",
    change: {
      cidr: "10.0.0.0/8",
      start: "10.0.0.0",
      end: "10.255.255.255",
      exclude: [],
      serverIp: "10.0.0.1",
    },
    count: 2 ** 24 - 3,
  },
];

for (const { name, change, count } of COUNTS) {
  Deno.test(`addressRangeOf() counts ${name}`, () => {
    const result = addressRangeOf(settings(change));
    assert.equal(result.ok && result.value.allocatableCount, count);
  });
}

Deno.test("addressRangeOf() tells kinds of addresses apart", () => {
  const result = addressRangeOf(settings({ serverIp: "192.168.48.85" }));
  assert.ok(result.ok);
  const kinds = ["80", "81", "82", "85", "90", "91"].map((last) =>
    result.value.kindOf(ip(`192.168.48.${last}`))
  );
  assert.deepEqual(kinds, [
    "outside",
    "excluded",
    "allocatable",
    "reserved",
    "excluded",
    "outside",
  ]);
});

const ASKED = [
  { address: "192.168.48.10", kind: "allocatable" },
  { address: "192.168.48.85", kind: "allocatable" },
  { address: "192.168.48.77", kind: "reserved" },
  { address: "192.168.48.1", kind: "reserved" },
  { address: "192.168.48.0", kind: "reserved" },
  { address: "192.168.48.255", kind: "reserved" },
  { address: "192.168.48.200", kind: "excluded" },
  { address: "192.168.49.10", kind: "outside" },
];

for (const { address, kind } of ASKED) {
  Deno.test(`askedKindOf() calls ${address} ${kind}`, () => {
    const exclude = ["192.168.48.200"];
    const result = addressRangeOf(settings({ exclude, router: "192.168.48.1" }));
    assert.equal(result.ok && result.value.askedKindOf(ip(address)), kind);
  });
}

const POOL = "spec.ipv4Config.pool";

const NO_RANGES = [
  {
    name: "start after end",
    change: { start: "192.168.48.91" },
    errors: [{
      field: `${POOL}.start`,
      message: "start ip 192.168.48.91 is after end ip 192.168.48.90",
    }],
  },
  {
    name: "start and end outside the subnet",
    change: { start: "192.168.47.1", end: "192.168.49.1" },
    errors: [
      { field: `${POOL}.start`, message: "start ip 192.168.47.1 is not within subnet" },
      { field: `${POOL}.end`, message: "end ip 192.168.49.1 is not within subnet" },
    ],
  },
];

for (const { name, change, errors } of NO_RANGES) {
  Deno.test(`addressRangeOf() refuses ${name}`, () => {
    assert.deepEqual(addressRangeOf(settings(change)), { ok: false, errors });
  });
}

const FAULTS = [
  { name: "nothing in the example", change: {}, faults: [] },
  {
    name: "a range up to the edges of the subnet",
    change: { start: "192.168.48.0", end: "192.168.48.255" },
    faults: [
      `${POOL}.start: start ip 192.168.48.0 is the same as network ip`,
      `${POOL}.end: end ip 192.168.48.255 is the same as broadcast ip`,
    ],
  },
  {
    name: "server and router outside the subnet",
    change: { serverIp: "10.0.0.1", router: "10.0.0.2" },
    faults: [
      "spec.ipv4Config.serverIP: server ip 10.0.0.1 is not within subnet",
      "spec.ipv4Config.router: router ip 10.0.0.2 is not within subnet",
    ],
  },
  {
    name: "a server that is the router",
    change: { serverIp: "192.168.48.1", router: "192.168.48.1" },
    faults: ["spec.ipv4Config.serverIP: server ip 192.168.48.1 is the same as router ip"],
  },
  {
    name: "a server on the broadcast address",
    change: { serverIp: "192.168.48.255" },
    faults: ["spec.ipv4Config.serverIP: server ip 192.168.48.255 is the same as broadcast ip"],
  },
  {
    name: "an exclusion of another subnet, not one outside the range",
    change: { exclude: ["192.168.48.7", "192.168.84.81"] },
    faults: [`${POOL}.exclude[1]: exclude ip 192.168.84.81 is not within subnet`],
  },
  {
    name: "both edges of a /30",
    change: {
      cidr: "10.0.0.0/30",
      start: "10.0.0.1",
      end: "10.0.0.3",
      exclude: [],
      serverIp: "10.0.0.0",
    },
    faults: [
      `${POOL}.end: end ip 10.0.0.3 is the same as broadcast ip`,
      "spec.ipv4Config.serverIP: server ip 10.0.0.0 is the same as network ip",
    ],
  },
  {
    name: "no edges in a /32",
    change: {
      cidr: "10.0.0.5/32",
      start: "10.0.0.5",
      end: "10.0.0.5",
      exclude: [],
      serverIp: "10.0.0.5",
    },
    faults: [],
  },
  {
    name: "no edges in a /31",
    change: {
      cidr: "10.0.0.0/31",
      start: "10.0.0.0",
      end: "10.0.0.1",
      exclude: [],
      serverIp: "10.0.0.0",
    },
    faults: [],
  },
];

for (const { name, change, faults } of FAULTS) {
  Deno.test(`checkAddresses() reports ${name}`, () => {
    const found = checkAddresses(settings(change));
    assert.deepEqual(found.map(({ field, message }) => `${field}: ${message}`), faults);
  });
}
