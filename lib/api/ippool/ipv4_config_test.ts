import assert from "node:assert/strict";
import type { JsonObject } from "../../base/json.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { FieldErrors } from "../field_errors.ts";
import { FieldReader } from "../field_reader.ts";
import type { FieldError } from "../meta.ts";
import {
  type Ipv4Settings,
  LEASE_SECONDS_DEFAULT,
  LEASE_SECONDS_MAX,
  readIpv4Config,
} from "./ipv4_config.ts";

const CONFIG = {
  serverIP: "10.0.0.2",
  cidr: "10.0.0.0/24",
  pool: { start: "10.0.0.10", end: "10.0.0.20" },
};

function read(changes: JsonObject): [settings: Ipv4Settings, errors: readonly FieldError[]] {
  const errors = new FieldErrors();
  const reader = FieldReader.of({ ...CONFIG, ...changes }, "spec.ipv4Config", errors);
  return [readIpv4Config(reader, { optional: errors, limits: errors }), errors.list];
}

function settingsOf(changes: JsonObject): Ipv4Settings {
  const [settings, errors] = read(changes);
  assert.deepEqual(errors, []);
  return settings;
}

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
    const { leaseSeconds } = settingsOf(leaseTime === undefined ? {} : { leaseTime });
    assert.equal(leaseSeconds, seconds);
  });
}

Deno.test("readIpv4Config() gives addresses as numbers and keeps names of NTP servers", () => {
  const settings = settingsOf({ ntp: ["pool.ntp.org", "10.0.0.3"], domainName: "" });
  assert.deepEqual(settings.ntp, ["pool.ntp.org", parseIpv4Address("10.0.0.3")]);
  assert.equal(settings.start, parseIpv4Address("10.0.0.10"));
  assert.equal("domainName" in settings, false);
  assert.equal("router" in settings, false);
});

Deno.test("readIpv4Config() checks the limits of older pools, which have no effect", () => {
  const inform = { perSecond: 1, burst: 4 };
  assert.equal("rateLimits" in settingsOf({ rateLimits: { inform } }), false);
  const [, errors] = read({ rateLimits: { inform: { perSecond: 0, burst: 4 } } });
  const fields = errors.map(({ field }) => field);
  assert.ok(fields.includes("spec.ipv4Config.rateLimits.inform.perSecond"), fields.join());
});

Deno.test("readIpv4Config() names every bad text at once", () => {
  const [, errors] = read({ cidr: "x", dns: ["1.1.1.1", "bogus"], router: "" });
  assert.deepEqual(errors, [
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

const ROUTE = { destination: "10.9.0.0/16", gateway: "10.0.0.1" };
const FILE = { file: "pxelinux.0" };
const WITH_ONE_BAD: { field: string; config: JsonObject; left: JsonObject }[] = [
  { field: "dns[1]", config: { dns: ["1.1.1.1", "bogus"] }, left: { dns: ["1.1.1.1"] } },
  {
    field: "dns",
    config: { dns: ["1.1.1.1", "1.1.1.2", "1.1.1.3", "1.1.1.4"] },
    left: {
      dns: ["1.1.1.1", "1.1.1.2", "1.1.1.3"],
    },
  },
  { field: "ntp[0]", config: { ntp: ["a name", "10.0.0.3"] }, left: { ntp: ["10.0.0.3"] } },
  {
    field: "domainSearch[0]",
    config: { domainSearch: ["", "example.com"] },
    left: { domainSearch: ["example.com"] },
  },
  { field: "domainName", config: { domainName: "a".repeat(300) }, left: {} },
  { field: "mtu", config: { mtu: 20 }, left: {} },
  {
    field: "routes[0].gateway",
    config: { routes: [{ ...ROUTE, gateway: "x" }, ROUTE] },
    left: { routes: [ROUTE] },
  },
  {
    field: "options[1]",
    config: { options: [{ code: 224, uint8: 1 }, { code: 225 }] },
    left: { options: [{ code: 224, uint8: 1 }] },
  },
  {
    field: "boot.files[0].requestedOptions[0]",
    config: { boot: { files: [{ ...FILE, requestedOptions: [0] }, FILE] } },
    left: { boot: { files: [FILE] } },
  },
  { field: "relayMacs[0]", config: { relayMacs: ["x"] }, left: { relayMacs: [] } },
];

for (const { field, config, left } of WITH_ONE_BAD) {
  Deno.test(`readIpv4Config() leaves a bad ${field} out and keeps the rest`, () => {
    const optional = new FieldErrors();
    const errors = new FieldErrors();
    const reader = FieldReader.of({ ...CONFIG, ...config }, "spec.ipv4Config", errors);
    const { written: _, ...settings } = readIpv4Config(reader, { optional, limits: errors });
    const { written: __, ...wanted } = settingsOf(left);
    assert.deepEqual(settings, wanted);
    assert.deepEqual(optional.list.map((each) => each.field), [`spec.ipv4Config.${field}`]);
    assert.deepEqual(errors.list, []);
  });
}
