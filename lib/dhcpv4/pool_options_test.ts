import assert from "node:assert/strict";
import { ip, octets, poolParameters } from "../../tests/support/dhcp/dhcp_packets.ts";
import { messageOf } from "../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../net/cidr.ts";
import type { PoolParameters } from "./pool.ts";
import { encodePoolOptions, RequestedRuns } from "./pool_options.ts";
import { createOptionRun } from "./wire/option_encoding.ts";
import type { DhcpOptions } from "./wire/options.ts";

function configured(parameters: PoolParameters): (readonly [number, readonly number[]])[] {
  return encodePoolOptions(parameters).configured.map(({ code, value }) => [code, [...value]]);
}

Deno.test("encodePoolOptions() encodes all that the pool configures", () => {
  const options = encodePoolOptions(poolParameters({ domainSearch: ["a.b"] }));
  const rest = [54, 4, ...octets("192.0.2.2"), 51, 4, 0, 0, 1, 44];
  assert.deepEqual([...options.leaseHeads.offer.octets], [53, 1, 2, ...rest]);
  assert.deepEqual([...options.leaseHeads.ack.octets], [53, 1, 5, ...rest]);
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

Deno.test("encodePoolOptions() has no option for what is not configured", () => {
  const { router: _router, domainName: _name, ...rest } = poolParameters();
  const bare = { ...rest, dns: [], domainSearch: [], ntpServers: [] };
  assert.deepEqual(configured(bare).map(([code]) => code), [28]);
  assert.deepEqual(configured({ ...bare, domainName: "" }).map(([code]) => code), [28]);
});

Deno.test("encodePoolOptions() has no broadcast address for prefixes without one", () => {
  const codes = (prefix: string) =>
    configured(poolParameters({ cidr: parseCidr(prefix)! })).map(([code]) => code);
  assert.ok(codes("192.0.2.0/30").includes(28));
  assert.ok(!codes("192.0.2.2/31").includes(28));
  assert.ok(!codes("192.0.2.2/32").includes(28));
});

Deno.test("encodePoolOptions() encodes MTU, routes and options of the pool's own in their place", () => {
  const parameters = poolParameters({
    mtu: 1450,
    routes: [{ destination: parseCidr("10.0.0.0/8")!, gateway: ip("192.0.2.9") }],
    options: [{ code: 252, value: Uint8Array.of(104) }, { code: 43, value: Uint8Array.of(1, 0) }],
  });
  const codes = configured(parameters).map(([code]) => code);
  assert.deepEqual(codes, [3, 6, 15, 28, 26, 121, 42, 119, 252, 43]);
  const { byCode } = encodePoolOptions(parameters);
  assert.deepEqual([...byCode[26]!.value], [1450 >> 8, 1450 & 255]);
  const routes = [8, 10, ...octets("192.0.2.9"), 0, ...octets("192.0.2.1")];
  assert.deepEqual([...byCode[121]!.value], routes);
  assert.deepEqual([...byCode[249]!.value], routes);
  assert.deepEqual([...byCode[33]!.value], [...octets("10.0.0.0"), ...octets("192.0.2.9")]);
  assert.deepEqual([...byCode[252]!.value], [104]);
});

Deno.test("encodePoolOptions() keeps what a client must ask for from clients that do not ask", () => {
  const parameters = poolParameters({ captivePortal: "https://example.com/", ipv6OnlyWait: 1800 });
  assert.deepEqual(configured(parameters).map(([code]) => code), [3, 6, 15, 28, 42, 119]);
  const { byCode } = encodePoolOptions(parameters);
  assert.deepEqual([...byCode[108]!.value], [0, 0, 7, 8]);
  assert.deepEqual(String.fromCharCode(...byCode[114]!.value), "https://example.com/");
});

Deno.test("encodePoolOptions() leaves out options that a pool cannot define", () => {
  const options = [1, 3, 12, 53, 82, 0, 255, 300].map((code) => ({ code, value: octetsOf(7) }));
  const refused = poolParameters({ options: [...options, { code: 252, value: octetsOf() }] });
  assert.deepEqual(configured(refused), configured(poolParameters()));
});

function octetsOf(...values: number[]): Uint8Array {
  return Uint8Array.from(values);
}

const LISTS_MAX = 16;

function asking(list: readonly number[]): DhcpOptions {
  return messageOf({ options: [[55, list]] }).options;
}

Deno.test("RequestedRuns.find() finds the run of the very same list only", () => {
  const runs = new RequestedRuns();
  const run = createOptionRun([]);
  const list = Uint8Array.of(1, 3, 6);
  runs.add(list, run);
  list[0] = 99;
  assert.equal(runs.find(asking([1, 3, 6])), run, "the list was copied");
  for (const other of [[], [1, 3], [1, 3, 6, 6], [1, 6, 3], [99, 3, 6]]) {
    assert.equal(runs.find(asking(other)), undefined, other.join());
  }
});

Deno.test("RequestedRuns.add() forgets the oldest list when there are many", () => {
  const runs = new RequestedRuns();
  for (let code = 0; code <= LISTS_MAX; code++) runs.add(Uint8Array.of(code), createOptionRun([]));
  const known = Array.from({ length: LISTS_MAX + 1 }, (_, code) => runs.find(asking([code])));
  assert.deepEqual(known.map((run) => run !== undefined), [false, ...new Array(16).fill(true)]);
});
