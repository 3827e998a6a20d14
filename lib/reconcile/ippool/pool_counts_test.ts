import assert from "node:assert/strict";
import fc from "fast-check";
import { AddressAllocator, freeCountOf } from "../../ipam/address_allocator.ts";
import { AddressMemory } from "../../ipam/address_memory.ts";
import { addressRangeOf } from "../../ipam/address_range.ts";
import { parseCidr } from "../../net/cidr.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { countsOf, type PoolCounts, tallyOf } from "./pool_counts.ts";

function addressesOf(lasts: readonly number[]): readonly Ipv4Address[] {
  return lasts.map((last) => parseIpv4Address(`10.0.0.${last}`)!);
}

/** A pool 10.0.0.`start` to 10.0.0.`end`, served by .2 with the router .1. */
function count(
  { start = 1, end = 10, exclude = [], held = [], entries = [], room = 1000 }: {
    readonly start?: number;
    readonly end?: number;
    readonly exclude?: readonly number[];
    /** Held by VMs. */
    readonly held?: readonly number[];
    /** Taken otherwise, by an entry that cannot be read or in another pool. */
    readonly entries?: readonly number[];
    /** Entries that the record may still have. */
    readonly room?: number;
  },
): PoolCounts {
  const [router, serverIp, first, last] = addressesOf([1, 2, start, end]);
  const range = addressRangeOf({
    cidr: parseCidr("10.0.0.0/24")!,
    serverIp: serverIp!,
    router: router!,
    start: first!,
    end: last!,
    exclude: addressesOf(exclude),
  });
  assert.ok(range.ok);
  const taken = new Set([...addressesOf(held), ...addressesOf(entries)]);
  const allocator = new AddressAllocator({
    range: range.value,
    taken,
    freeCount: freeCountOf(range.value, taken),
    entryCount: 39_000 - room,
    memory: new AddressMemory(0),
  });
  const tally = tallyOf(range.value, addressesOf(held));
  return countsOf(range.value, tally, allocator.availableCount);
}

const CASES: readonly { name: string; pool: Parameters<typeof count>[0]; counts: PoolCounts }[] = [
  {
    name: "an empty pool with server and router in its range",
    pool: {},
    counts: { used: 0, available: 8, total: 10, excluded: 0, reserved: 2 },
  },
  {
    name: "exclusions, of which those outside of the range do not count",
    pool: { exclude: [5, 6, 200] },
    counts: { used: 0, available: 6, total: 10, excluded: 2, reserved: 2 },
  },
  {
    name: "an exclusion that is reserved as well, as reserved",
    pool: { exclude: [1] },
    counts: { used: 0, available: 8, total: 10, excluded: 0, reserved: 2 },
  },
  {
    name: "a VM on an excluded address and one on the router's, as used",
    pool: { exclude: [5, 6], held: [1, 5] },
    counts: { used: 2, available: 6, total: 10, excluded: 1, reserved: 1 },
  },
  {
    name: "a VM outside of the range, as used and beside the range",
    pool: { held: [4, 77] },
    counts: { used: 2, available: 7, total: 11, excluded: 0, reserved: 2, outOfRange: 1 },
  },
  {
    name: "network and broadcast address, as reserved",
    pool: { start: 0, end: 255 },
    counts: { used: 0, available: 252, total: 256, excluded: 0, reserved: 4 },
  },
  {
    name: "what an unreadable entry or another pool takes, as reserved",
    pool: { entries: [5, 77] },
    counts: { used: 0, available: 7, total: 10, excluded: 0, reserved: 3 },
  },
  {
    name: "what the record has no room for, as reserved",
    pool: { held: [3], room: 2 },
    counts: { used: 1, available: 2, total: 10, excluded: 0, reserved: 7 },
  },
];

for (const { name, pool, counts } of CASES) {
  Deno.test(`countsOf() counts ${name}`, () => {
    assert.deepEqual(count(pool), counts);
  });
}

Deno.test("countsOf() counts no range where there is none", () => {
  const tally = tallyOf(undefined, [parseIpv4Address("10.0.0.3")!]);
  assert.deepEqual(countsOf(undefined, tally, 0), { used: 1, available: 0 });
});

Deno.test("the counts always make up the total, and none is negative", () => {
  const lasts = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 30 });
  const bounds = fc.tuple(fc.nat(255), fc.nat(255)).map((
    [a, b],
  ) => [Math.min(a, b), Math.max(a, b)]);
  const room = fc.nat(300);
  fc.assert(fc.property(bounds, lasts, lasts, lasts, room, (ends, exclude, held, entries, room) => {
    const [start, end] = ends as [number, number];
    const counts = count({ start, end, exclude, held: [...new Set(held)], entries, room });
    const { used, available, total, excluded, reserved } = counts as Required<PoolCounts>;
    assert.equal(total, used + available + excluded + reserved);
    for (const each of [used, available, total, excluded, reserved]) assert.ok(each >= 0);
  }));
});
