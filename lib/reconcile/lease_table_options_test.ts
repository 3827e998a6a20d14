/** What an IPPool says besides addresses, as the engine takes it. */

import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { PoolParameters } from "../dhcpv4/pool.ts";
import { parseCidr } from "../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { parseMacAddress } from "../net/mac_address.ts";
import { leaseTableOf } from "./lease_table.ts";

function poolWith(ipv4Config: JsonObject, status?: JsonObject): IPPool {
  const parsed = parseIPPool(ippoolSample({ ipv4Config, ...(status && { status }) }));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function parametersOf(ipv4Config: JsonObject, status?: JsonObject): PoolParameters {
  return leaseTableOf(poolWith(ipv4Config, status), () => []).parameters;
}

function ip(text: string): Ipv4Address {
  return parseIpv4Address(text)!;
}

const CASES: readonly { name: string; given: JsonObject; expected: Partial<PoolParameters> }[] = [
  { name: "the MTU", given: { mtu: 1450 }, expected: { mtu: 1450 } },
  {
    name: "routes, with host bits of destinations cleared",
    given: { routes: [{ destination: "10.1.2.3/8", gateway: "0.0.0.0" }] },
    expected: { routes: [{ destination: parseCidr("10.0.0.0/8")!, gateway: ip("0.0.0.0") }] },
  },
  {
    name: "boot files with a server of their own",
    given: {
      boot: { nextServer: "10.0.0.1", files: [{ architectures: [7], file: "a" }, { file: "b" }] },
    },
    expected: {
      boot: {
        nextServer: ip("10.0.0.1"),
        files: [{ architectures: [7], file: "a" }, { file: "b" }],
      },
    },
  },
  {
    name: "boot files on the server's own address",
    given: { boot: { files: [{ file: "b" }] } },
    expected: { boot: { files: [{ file: "b" }] } },
  },
  {
    name: "the captive portal",
    given: { captivePortal: "https://a/b" },
    expected: { captivePortal: "https://a/b" },
  },
  { name: "the time without IPv4", given: { ipv6OnlyWait: 300 }, expected: { ipv6OnlyWait: 300 } },
  {
    name: "each kind of value of an option",
    given: {
      options: [
        { code: 69, addresses: ["10.0.0.1", "255.0.0.2"] },
        { code: 252, text: "a~" },
        { code: 23, uint8: 64 },
        { code: 22, uint16: 0x1234 },
        { code: 2, uint32: 0xfedcba98 },
        { code: 224, hex: "00fF" },
      ],
    },
    expected: {
      options: [
        { code: 69, value: Uint8Array.of(10, 0, 0, 1, 255, 0, 0, 2) },
        { code: 252, value: Uint8Array.of(0x61, 0x7e) },
        { code: 23, value: Uint8Array.of(64) },
        { code: 22, value: Uint8Array.of(0x12, 0x34) },
        { code: 2, value: Uint8Array.of(0xfe, 0xdc, 0xba, 0x98) },
        { code: 224, value: Uint8Array.of(0, 255) },
      ],
    },
  },
  { name: "relays", given: { relays: ["10.0.0.3"] }, expected: { relays: [ip("10.0.0.3")] } },
  {
    name: "MACs of relays",
    given: { relayMacs: ["FA-CF-8E-50-82-FC"] },
    expected: { relayMacs: [parseMacAddress("fa:cf:8e:50:82:fc")!] },
  },
  {
    name: "switches",
    given: { authoritative: true, rapidCommit: true, strictChaddr: false },
    expected: { authoritative: true, rapidCommit: true, strictChaddr: false },
  },
];

for (const { name, given, expected } of CASES) {
  Deno.test(`leaseTableOf() passes on ${name}`, () => {
    assert.deepEqual(parametersOf(given), { ...parametersOf({}), ...expected });
  });
}

Deno.test("leaseTableOf() adds nothing for a pool that says nothing more", () => {
  assert.deepEqual(Object.keys(parametersOf({})).sort(), [
    ...["cidr", "dns", "domainName", "domainSearch"],
    ...["leaseSeconds", "ntpServers", "router", "serverIp"],
  ]);
});

Deno.test("leaseTableOf() takes host names from the record, whatever the specification says", () => {
  const allocated = { "192.168.48.82": "e2:67:41:51:64:ae", "192.168.48.83": "EXCLUDED" };
  const hostnames = { "192.168.48.82": "web-1", "192.168.48.83": "x", "192.168.48.84": "y" };
  const ipv4 = { allocated, hostnames, used: 1, available: 6 };
  assert.deepEqual(
    parametersOf({}, { ipv4 }).hostNames,
    new Map([[parseMacAddress("e2:67:41:51:64:ae")!, "web-1"]]),
  );
});
