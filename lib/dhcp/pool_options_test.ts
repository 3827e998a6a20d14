import assert from "node:assert/strict";
import { octets, poolParameters } from "../../tests/support/dhcp_packets.ts";
import { parseCidr } from "../net/cidr.ts";
import type { PoolParameters } from "./lease.ts";
import { poolOptionsOf } from "./pool_options.ts";

function configured(parameters: PoolParameters): (readonly [number, readonly number[]])[] {
  return poolOptionsOf(parameters).configured.map(({ code, value }) => [code, [...value]]);
}

Deno.test("poolOptionsOf() encodes all that the pool configures", () => {
  const options = poolOptionsOf(poolParameters({ domainSearch: ["a.b"] }));
  assert.deepEqual([...options.serverIdentifier.value], octets("192.0.2.2"));
  assert.deepEqual([...options.ipAddressLeaseTime.value], [0, 0, 1, 44]);
  assert.deepEqual([...options.subnetMask.value], octets("255.255.255.0"));
  assert.deepEqual(configured(poolParameters({ domainSearch: ["a.b"] })), [
    [3, octets("192.0.2.1")],
    [6, [...octets("192.0.2.53"), ...octets("192.0.2.54")]],
    [15, [...new TextEncoder().encode("example.com")]],
    [28, octets("192.0.2.255")],
    [42, octets("192.0.2.123")],
    [119, [1, 97, 1, 98, 0]],
  ]);
  assert.deepEqual(options.always.map(({ code }) => code), [3, 6, 15, 28]);
});

Deno.test("poolOptionsOf() has no option for what is not configured", () => {
  const { router: _router, domainName: _name, ...rest } = poolParameters();
  const bare = { ...rest, dns: [], domainSearch: [], ntpServers: [] };
  assert.deepEqual(configured(bare).map(([code]) => code), [28]);
  assert.deepEqual(configured({ ...bare, domainName: "" }).map(([code]) => code), [28]);
});

Deno.test("poolOptionsOf() has no broadcast address for prefixes without one", () => {
  const codes = (prefix: string) =>
    configured(poolParameters({ cidr: parseCidr(prefix)! })).map(([code]) => code);
  assert.ok(codes("192.0.2.0/30").includes(28));
  assert.ok(!codes("192.0.2.2/31").includes(28));
  assert.ok(!codes("192.0.2.2/32").includes(28));
});

Deno.test("poolOptionsOf() encodes once per pool state", () => {
  const parameters = poolParameters();
  assert.equal(poolOptionsOf(parameters), poolOptionsOf(parameters));
  assert.notEqual(poolOptionsOf(parameters), poolOptionsOf(poolParameters({ dns: [] })));
});
