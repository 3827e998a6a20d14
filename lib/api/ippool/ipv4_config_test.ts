import assert from "node:assert/strict";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { LEASE_SECONDS_DEFAULT, LEASE_SECONDS_MAX, readIpv4Config } from "./ipv4_config.ts";

const CONFIG = {
  serverIP: "10.0.0.2",
  cidr: "10.0.0.0/24",
  pool: { start: "10.0.0.10", end: "10.0.0.20" },
};

const LEASES = [
  { leaseTime: undefined, seconds: LEASE_SECONDS_DEFAULT },
  { leaseTime: 0, seconds: LEASE_SECONDS_DEFAULT },
  { leaseTime: -5, seconds: LEASE_SECONDS_DEFAULT },
  { leaseTime: 1, seconds: 1 },
  { leaseTime: 300, seconds: 300 },
  { leaseTime: 0xffffffff, seconds: LEASE_SECONDS_MAX },
  { leaseTime: 2 ** 40, seconds: LEASE_SECONDS_MAX },
];

for (const { leaseTime, seconds } of LEASES) {
  Deno.test(`readIpv4Config() makes a lease of ${seconds} s of leaseTime ${leaseTime}`, () => {
    const parsed = readIpv4Config({ ...CONFIG, ...(leaseTime === undefined ? {} : { leaseTime }) });
    assert.equal(parsed.ok && parsed.value.leaseSeconds, seconds);
  });
}

Deno.test("readIpv4Config() gives addresses as numbers and keeps names of NTP servers", () => {
  const parsed = readIpv4Config({ ...CONFIG, ntp: ["pool.ntp.org", "10.0.0.3"], domainName: "" });
  assert.ok(parsed.ok);
  assert.deepEqual(parsed.value.ntp, ["pool.ntp.org", parseIpv4Address("10.0.0.3")]);
  assert.equal(parsed.value.start, parseIpv4Address("10.0.0.10"));
  assert.equal("domainName" in parsed.value, false);
  assert.equal("router" in parsed.value, false);
});

Deno.test("readIpv4Config() names every bad text at once", () => {
  const parsed = readIpv4Config({ ...CONFIG, cidr: "x", dns: ["1.1.1.1", "bogus"], router: "" });
  assert.deepEqual(!parsed.ok && parsed.errors, [
    {
      field: "spec.ipv4Config.cidr",
      message: 'must be an IPv4 subnet such as 192.168.48.0/24 (IPv6 is not supported), not "x"',
    },
    {
      field: "spec.ipv4Config.router",
      message: 'must be an IPv4 address such as 192.168.48.77, not ""',
    },
    {
      field: "spec.ipv4Config.dns[1]",
      message: 'must be an IPv4 address such as 192.168.48.77, not "bogus"',
    },
  ]);
});
