import assert from "node:assert/strict";
import { ip, octets } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { CLASSFUL_ROUTES, CLASSLESS_ROUTES, type StaticRoute, withDefaultRoute } from "./routes.ts";
import type { OptionValue } from "./value_kind.ts";

const ROUTER = ip("192.0.2.1");

function route(destination: string, gateway = "192.0.2.9"): StaticRoute {
  return { destination: parseCidr(destination)!, gateway: ip(gateway) };
}

function encoded(routes: readonly StaticRoute[], router?: Ipv4Address): OptionValue {
  return CLASSLESS_ROUTES.encode(withDefaultRoute(routes, router));
}

const GATEWAY = octets("192.0.2.9");
const DEFAULT = [0, ...octets("192.0.2.1")];

Deno.test("CLASSLESS_ROUTES writes the significant octets of each destination", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ["10.0.0.0/8", [8, 10]],
    ["10.16.0.0/12", [12, 10, 16]],
    ["10.17.0.0/16", [16, 10, 17]],
    ["10.27.129.0/24", [24, 10, 27, 129]],
    ["10.229.0.128/25", [25, 10, 229, 0, 128]],
    ["10.198.122.47/32", [32, 10, 198, 122, 47]],
  ];
  for (const [destination, head] of cases) {
    const value = [...encoded([route(destination)], ROUTER)];
    assert.deepEqual(value, [...head, ...GATEWAY, ...DEFAULT], destination);
  }
});

Deno.test("withDefaultRoute() adds the default route once, and only to routes", () => {
  assert.deepEqual([...encoded([], ROUTER)], []);
  assert.deepEqual([...encoded([route("0.0.0.0/0")], ROUTER)], [0, ...GATEWAY]);
  assert.deepEqual([...encoded([route("10.0.0.0/8")], undefined)], [
    8,
    10,
    ...GATEWAY,
  ]);
  const onLink = encoded([route("10.0.0.0/8", "0.0.0.0")], ROUTER);
  assert.deepEqual([...onLink], [8, 10, 0, 0, 0, 0, ...DEFAULT]);
});

Deno.test("CLASSFUL_ROUTES writes only what the class of a destination says as well", () => {
  const cases: readonly (readonly [string, boolean])[] = [
    ["10.0.0.0/8", true],
    ["172.16.0.0/16", true],
    ["198.51.100.0/24", true],
    ["10.1.0.0/16", false],
    ["172.16.0.0/12", false],
    ["198.51.100.7/32", false],
    ["0.0.0.0/0", false],
    ["224.0.0.0/24", false],
  ];
  for (const [destination, isWritten] of cases) {
    const want = isWritten ? [...octets(destination.split("/")[0]!), ...GATEWAY] : [];
    assert.deepEqual([...CLASSFUL_ROUTES.encode([route(destination)])], want, destination);
  }
  assert.deepEqual([...CLASSFUL_ROUTES.encode([route("10.0.0.0/8", "0.0.0.0")])], []);
});
