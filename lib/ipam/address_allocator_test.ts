import assert from "node:assert/strict";
import fc from "fast-check";
import { parseCidr } from "../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import {
  AddressAllocator,
  type AllocateResult,
  BINDINGS_MAX,
  freeCountOf,
} from "./address_allocator.ts";
import { AddressMemory } from "./address_memory.ts";
import { type AddressRange, addressRangeOf } from "./address_range.ts";

function ip(text: string): Ipv4Address {
  return parseIpv4Address(text)!;
}

function rangeOf(cidr: string, start: string, end: string, exclude: string[] = []): AddressRange {
  const result = addressRangeOf({
    cidr: parseCidr(cidr)!,
    start: ip(start),
    end: ip(end),
    exclude: exclude.map(ip),
    serverIp: ip("10.0.0.1"),
  });
  assert.ok(result.ok);
  return result.value;
}

const SMALL = rangeOf("10.0.0.0/24", "10.0.0.10", "10.0.0.13", ["10.0.0.12"]);

interface Setting {
  readonly range?: AddressRange;
  readonly taken?: readonly string[];
  readonly entryCount?: number;
  readonly memory?: AddressMemory;
}

function allocatorOf(
  { range = SMALL, taken = [], entryCount = taken.length, memory = new AddressMemory(0) }: Setting,
): AddressAllocator {
  const addresses = new Set(taken.map(ip));
  const freeCount = freeCountOf(range, addresses);
  return new AddressAllocator({ range, taken: addresses, freeCount, entryCount, memory });
}

/** A memory of the address that was handed out last. */
function after(address: string): AddressMemory {
  const memory = new AddressMemory(0);
  memory.note({ freed: [], taken: [], after: ip(address) }, 0);
  return memory;
}

function allocator(taken: string[] = [], last?: string, entryCount = taken.length) {
  return allocatorOf({ taken, entryCount, ...(last === undefined ? {} : { memory: after(last) }) });
}

function show(result: AllocateResult): string {
  return result.ok ? formatIpv4Address(result.address) : result.reason;
}

Deno.test("allocate() goes on after the last address, wraps, skips exclusions, then is exhausted", () => {
  const addresses = allocator([], "10.0.0.11");
  const given = [1, 2, 3, 4].map(() => show(addresses.allocate()));
  assert.deepEqual(given, ["10.0.0.13", "10.0.0.10", "10.0.0.11", "PoolExhausted"]);
});

Deno.test("allocate() uses a freed address again only when the others were used", () => {
  const addresses = allocator();
  assert.equal(show(addresses.allocate()), "10.0.0.10");
  addresses.release(ip("10.0.0.10"));
  const given = [1, 2, 3].map(() => show(addresses.allocate()));
  assert.deepEqual(given, ["10.0.0.11", "10.0.0.13", "10.0.0.10"]);
});

Deno.test("allocate() ends when the range promises addresses that it has not", () => {
  const range = { ...SMALL, allocatableCount: 1000 };
  const addresses = allocatorOf({ range });
  const given = Array.from({ length: 5 }, () => show(addresses.allocate()));
  assert.deepEqual(given, [
    ...["10.0.0.10", "10.0.0.11", "10.0.0.13"],
    ...["PoolExhausted", "PoolExhausted"],
  ]);
  assert.deepEqual([addresses.availableCount, addresses.fullReason], [0, "PoolExhausted"]);
});

Deno.test("hold() keeps an address from everybody and takes no entry of the record", () => {
  const addresses = allocator([], undefined, BINDINGS_MAX - 2);
  addresses.hold(ip("10.0.0.10"));
  addresses.hold(ip("10.0.0.10"));
  assert.equal(show(addresses.allocateWanted(ip("10.0.0.10"))), "AddressTaken");
  assert.equal(addresses.availableCount, 2);
  const given = [1, 2, 3].map(() => show(addresses.allocate()));
  assert.deepEqual(given, ["10.0.0.11", "10.0.0.13", "PoolExhausted"]);
});

const SEARCHES = [
  {
    name: "at the start after the end of the range",
    taken: [],
    last: "10.0.0.13",
    address: "10.0.0.10",
  },
  {
    name: "at the start after an address above the range",
    taken: [],
    last: "10.1.0.0",
    address: "10.0.0.10",
  },
  {
    name: "at the start after an address far below the range",
    taken: [],
    last: "0.0.0.1",
    address: "10.0.0.10",
  },
  {
    name: "past a taken end with the first address",
    taken: ["10.0.0.13"],
    last: "10.0.0.11",
    address: "10.0.0.10",
  },
];

for (const { name, taken, last, address } of SEARCHES) {
  Deno.test(`allocate() goes on ${name}`, () => {
    let looks = 0;
    const kindOf: AddressRange["kindOf"] = (address) => {
      // Without a limit, a search that has left the range would hang the test.
      assert.ok(++looks < 20, "looks further than the range");
      return SMALL.kindOf(address);
    };
    const addresses = allocatorOf({ range: { ...SMALL, kindOf }, taken, memory: after(last) });
    assert.equal(show(addresses.allocate()), address);
  });
}

const WANTED = [
  { address: "10.0.0.11", result: "10.0.0.11" },
  { address: "10.0.0.10", result: "AddressTaken" },
  { address: "10.0.0.12", result: "AddressExcluded" },
  { address: "10.0.0.14", result: "10.0.0.14" },
  { address: "10.0.0.255", result: "AddressReserved" },
  { address: "192.168.0.1", result: "OutOfRange" },
];

for (const { address, result } of WANTED) {
  Deno.test(`allocateWanted() of ${address} gives ${result}`, () => {
    assert.equal(show(allocator(["10.0.0.10"]).allocateWanted(ip(address))), result);
  });
}

Deno.test("allocateWanted() does not move the place where allocate() goes on", () => {
  const addresses = allocator();
  assert.equal(show(addresses.allocateWanted(ip("10.0.0.11"))), "10.0.0.11");
  assert.equal(show(addresses.allocate()), "10.0.0.10");
});

Deno.test("allocateWanted() refuses the server's address as reserved", () => {
  const range = rangeOf("10.0.0.0/24", "10.0.0.1", "10.0.0.9");
  const addresses = allocatorOf({ range });
  assert.equal(show(addresses.allocateWanted(ip("10.0.0.1"))), "AddressReserved");
});

Deno.test("the allocator stops at the entries that the record can hold", () => {
  const addresses = allocator([], undefined, BINDINGS_MAX - 1);
  assert.equal(addresses.availableCount, 1);
  assert.equal(show(addresses.allocate()), "10.0.0.10");
  assert.equal(show(addresses.allocate()), "PoolRecordFull");
  assert.equal(show(addresses.allocateWanted(ip("10.0.0.11"))), "PoolRecordFull");
  assert.equal(addresses.availableCount, 0);
});

Deno.test("release() makes room in a full record", () => {
  const addresses = allocator(["10.0.0.10"], undefined, BINDINGS_MAX);
  assert.equal(show(addresses.allocate()), "PoolRecordFull");
  addresses.release(ip("10.0.0.10"));
  assert.equal(addresses.availableCount, 1);
  assert.equal(show(addresses.allocate()), "10.0.0.11");
});

Deno.test("release() of an excluded address makes no address available", () => {
  const addresses = allocator(["10.0.0.12"]);
  addresses.release(ip("10.0.0.12"));
  assert.equal(addresses.availableCount, 3);
});

Deno.test("availableCount is 0 when the record has more entries than it may", () => {
  assert.equal(allocator([], undefined, BINDINGS_MAX + 1).availableCount, 0);
});

Deno.test("a pool that is exhausted is not called full of entries as well", () => {
  const addresses = allocator(["10.0.0.10", "10.0.0.11", "10.0.0.13"], undefined, BINDINGS_MAX);
  assert.equal(addresses.fullReason, "PoolExhausted");
});

Deno.test("availableCount does not count what is taken outside the range", () => {
  assert.equal(allocator(["10.0.0.99", "10.0.0.11"]).availableCount, 2);
});

Deno.test("allocate() fills a /8 up to the limit of the record without expanding it", () => {
  const range = rangeOf("10.0.0.0/8", "10.0.0.0", "10.255.255.255");
  const addresses = allocatorOf({ range });
  const given = new Set<string>();
  for (let i = 0; i < BINDINGS_MAX; i++) given.add(show(addresses.allocate()));
  assert.equal(given.size, BINDINGS_MAX);
  assert.equal(show(addresses.allocate()), "PoolRecordFull");
});

Deno.test("the allocator never gives an address twice and counts what is left", () => {
  const step = fc.oneof(
    fc.constant({ kind: "allocate" as const, last: 0 }),
    fc.record({ kind: fc.constantFrom("wanted" as const, "release" as const), last: fc.nat(20) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const addresses = allocator();
    const held = new Set<Ipv4Address>();
    for (const { kind, last } of steps) {
      const address = ip(`10.0.0.${last}`);
      if (kind === "release") {
        addresses.release(address);
        held.delete(address);
        continue;
      }
      const result = kind === "wanted" ? addresses.allocateWanted(address) : addresses.allocate();
      if (!result.ok) continue;
      assert.equal(held.has(result.address), false);
      const isFit = kind === "wanted" ? SMALL.askedKindOf : SMALL.kindOf;
      assert.equal(isFit(result.address), "allocatable");
      held.add(result.address);
    }
    const inRange = [...held].filter((address) => SMALL.kindOf(address) === "allocatable");
    assert.equal(addresses.availableCount, 3 - inRange.length);
  }));
});

Deno.test("AddressAllocator.allocate() gives a MAC the address again that it gave back, while it is free", () => {
  const memory = new AddressMemory(0);
  const [mac, other] = [1, 2] as MacAddress[];
  memory.note({ freed: [[ip("10.0.0.11"), mac!]], taken: [], after: ip("10.0.0.11") }, 0);
  assert.equal(show(allocatorOf({ memory }).allocate(other)), "10.0.0.13");
  assert.equal(show(allocatorOf({ memory }).allocate(mac)), "10.0.0.11");
  const taken = ["10.0.0.11"];
  assert.equal(show(allocatorOf({ memory, taken }).allocate(mac)), "10.0.0.13");
  memory.forgetRested(2000, 1000);
  assert.equal(show(allocatorOf({ memory }).allocate(mac)), "10.0.0.11", "it need not rest");
  const range = rangeOf("10.0.0.0/24", "10.0.0.10", "10.0.0.13", ["10.0.0.11"]);
  assert.equal(show(allocatorOf({ memory, range }).allocate(mac)), "10.0.0.12");
});
