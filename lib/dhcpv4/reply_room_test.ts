import assert from "node:assert/strict";
import { ip, poolParameters } from "../../tests/support/dhcp/dhcp_packets.ts";
import { parseCidr } from "../net/cidr.ts";
import type { StaticRoute } from "./options/routes.ts";
import type { DhcpOption } from "./options/value_kind.ts";
import { optionsWithoutRoom } from "./reply_room.ts";

function routes(count: number): StaticRoute[] {
  return Array.from({ length: count }, (_, i) => (
    { destination: parseCidr(`10.0.${i}.0/24`)!, gateway: ip("192.0.2.9") }
  ));
}

function codes(options: readonly DhcpOption[]): readonly number[] {
  return options.map(({ code }) => code);
}

Deno.test("optionsWithoutRoom() has nothing for a pool whose options fit", () => {
  const { asked, withoutList, roomBytes } = optionsWithoutRoom(poolParameters());
  assert.deepEqual([codes(asked), codes(withoutList), roomBytes], [[], [], 307]);
});

Deno.test("optionsWithoutRoom() names routes as soon as they are too many", () => {
  const { asked, withoutList } = optionsWithoutRoom(poolParameters({ routes: routes(35) }));
  assert.deepEqual(codes(asked), [249], "121 goes in pieces; twice the routes are too many");
  assert.deepEqual(codes(withoutList), [121], "no other field is for it");
  const many = optionsWithoutRoom(poolParameters({ routes: routes(64) }));
  assert.deepEqual([codes(many.asked), codes(many.withoutList)], [[121, 249], [121]]);
});

Deno.test("optionsWithoutRoom() counts with the MTU that the pool tells", () => {
  const pool = { routes: routes(20) };
  assert.deepEqual(codes(optionsWithoutRoom(poolParameters(pool)).withoutList), []);
  const narrow = optionsWithoutRoom(poolParameters({ ...pool, mtu: 400 }));
  assert.equal(narrow.roomBytes, 400 - 28 - 241);
  assert.deepEqual(codes(narrow.withoutList), [121]);
});
