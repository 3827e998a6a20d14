import assert from "node:assert/strict";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { UNKNOWN_MAX, UnknownList } from "./unknown_list.ts";

function macOf(i: number): MacAddress {
  return 0x525400000000 + i as MacAddress;
}

Deno.test("UnknownList forgets those that asked once before those that asked again", () => {
  const list = new UnknownList();
  for (let i = 0; i < 100; i++) {
    for (const nowMs of [1, 2]) list.note(macOf(i), 0, nowMs);
  }
  for (let i = 0; i < 1_000_000; i++) list.note(macOf(1000 + i), 0, 3 + i);
  for (let i = 0; i < 100; i++) assert.equal(list.of(macOf(i))?.count, 2);
  assert.equal(list.machines().length, UNKNOWN_MAX);
});

Deno.test("UnknownList gives new machines a place when all the others asked again", () => {
  const list = new UnknownList();
  for (let i = 0; i < 2 * UNKNOWN_MAX; i++) {
    for (const nowMs of [i, i]) list.note(macOf(i), 0, nowMs);
  }
  list.note(macOf(9999), 0, 1e9);
  assert.equal(list.machines()[0]?.mac, macOf(9999));
  assert.equal(list.of(macOf(0)), undefined);
});

Deno.test("UnknownList keeps what a machine says of itself, and gives it to no other one", () => {
  const list = new UnknownList();
  const place = list.note(macOf(1), 0, 1);
  assert.equal(list.isUndescribed(place), false, "it may not ask again");
  assert.equal(list.note(macOf(1), 0, 2), place);
  assert.equal(list.isUndescribed(place), true);
  list.describe(place, { hostname: "one" });
  assert.equal(list.isUndescribed(place), false);
  assert.equal(list.of(macOf(1))?.hostname, "one");
  for (let i = 0; i < 2 * UNKNOWN_MAX; i++) {
    for (const nowMs of [i, i]) list.note(macOf(2 + i), 0, nowMs);
  }
  assert.ok(list.machines().every(({ hostname }) => hostname === undefined));
});

Deno.test("UnknownList is what two simple lists would be, through any requests", () => {
  const seed = 1601;
  const random = mulberry32(seed);
  const list = new UnknownList();
  const once = new Map<number, number>();
  const repeated = new Map<number, number>();
  for (let i = 0; i < 20_000; i++) {
    // Few of many, so that machines ask again, are forgotten and come back.
    const id = Math.floor(random() ** 3 * 6000);
    const count = (once.get(id) ?? repeated.get(id) ?? 0) + 1;
    for (const ring of [once, repeated]) ring.delete(id);
    (count > 1 ? repeated : once).set(id, count);
    if (repeated.size > 768) {
      const [oldest, its] = repeated.entries().next().value!;
      repeated.delete(oldest);
      once.set(oldest, its);
    }
    if (once.size + repeated.size > UNKNOWN_MAX) once.delete(once.keys().next().value!);
    list.note(macOf(id), 0, i);
  }
  const known = list.machines().map(({ mac, count }) => [mac - 0x525400000000, count] as const);
  assert.deepEqual(new Map(known), new Map([...once, ...repeated]), `seed ${seed}`);
  assert.equal(known.length, UNKNOWN_MAX);
});
