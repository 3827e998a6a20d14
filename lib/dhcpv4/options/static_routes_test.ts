import assert from "node:assert/strict";
import { ip, octets } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { parseCidr } from "../../net/cidr.ts";
import type { StaticRoute } from "../lease.ts";
import { encodeClassfulRoutes, encodeClasslessRoutes } from "./static_routes.ts";

const ROUTER = ip("192.0.2.1");

function route(destination: string, gateway = "192.0.2.9"): StaticRoute {
  return { destination: parseCidr(destination)!, gateway: ip(gateway) };
}

const GATEWAY = octets("192.0.2.9");
const DEFAULT = [0, ...octets("192.0.2.1")];

Deno.test("encodeClasslessRoutes() writes the significant octets of each destination", () => {
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ["10.0.0.0/8", [8, 10]],
    ["10.16.0.0/12", [12, 10, 16]],
    ["10.17.0.0/16", [16, 10, 17]],
    ["10.27.129.0/24", [24, 10, 27, 129]],
    ["10.229.0.128/25", [25, 10, 229, 0, 128]],
    ["10.198.122.47/32", [32, 10, 198, 122, 47]],
  ];
  for (const [destination, head] of cases) {
    const value = [...encodeClasslessRoutes([route(destination)], ROUTER)];
    assert.deepEqual(value, [...head, ...GATEWAY, ...DEFAULT], destination);
  }
});

Deno.test("encodeClasslessRoutes() adds the default route once, and only to routes", () => {
  assert.deepEqual([...encodeClasslessRoutes([], ROUTER)], []);
  assert.deepEqual([...encodeClasslessRoutes([route("0.0.0.0/0")], ROUTER)], [0, ...GATEWAY]);
  assert.deepEqual([...encodeClasslessRoutes([route("10.0.0.0/8")], undefined)], [
    8,
    10,
    ...GATEWAY,
  ]);
  const onLink = encodeClasslessRoutes([route("10.0.0.0/8", "0.0.0.0")], ROUTER);
  assert.deepEqual([...onLink], [8, 10, 0, 0, 0, 0, ...DEFAULT]);
});

Deno.test("encodeClassfulRoutes() writes only what the class of a destination says as well", () => {
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
    assert.deepEqual([...encodeClassfulRoutes([route(destination)])], want, destination);
  }
  assert.deepEqual([...encodeClassfulRoutes([route("10.0.0.0/8", "0.0.0.0")])], []);
});
