import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import type { Notice } from "./notices.ts";
import { Sightings } from "./sightings.ts";

const ROGUE = 0x020000000001 as MacAddress;

/** Hosts that are made up: each seen once unless there are few of them. */
function madeUp(i: number, of = 2 ** 32): MacAddress {
  const bits = Math.imul((i % of) ^ 0x5bd1e995, 0x85ebca6b);
  return 0x060000000000 + (Math.imul(bits ^ (bits >>> 15), 0xc2b2ae35) >>> 0) as MacAddress;
}

/** By then all that is remembered is of made-up hosts. */
const ROGUE_BEGINS_MS = 200_000;

/** Sees made-up hosts at a rate and the rogue now and then. @returns When the rogue was named. */
function rogueNamedAfterMs(
  { perSecond, of, rogueEveryMs, seconds }: {
    readonly perSecond: number;
    readonly of?: number;
    readonly rogueEveryMs: number;
    readonly seconds: number;
  },
): { readonly namedMs: number | undefined; readonly lines: number } {
  const sightings = new Sightings(0);
  let lines = 0;
  let namedMs: number | undefined;
  function note(notice: Notice | undefined, nowMs: number): void {
    if (notice !== undefined) lines++;
    if (notice?.mac === ROGUE) namedMs ??= nowMs;
  }
  let nextMs = ROGUE_BEGINS_MS;
  for (let i = 0; i < perSecond * seconds && namedMs === undefined; i++) {
    const nowMs = i * 1000 / perSecond;
    note(sightings.see({ mac: madeUp(i, of), address: 9 }, nowMs), nowMs);
    if (nowMs < nextMs) continue;
    nextMs += rogueEveryMs;
    note(sightings.see({ mac: ROGUE, address: 3 }, nowMs), nowMs);
  }
  return { namedMs, lines };
}

Deno.test("Sightings names a host once, and again when it is still there after an hour", () => {
  const sightings = new Sightings(0);
  const seen: number[] = [];
  for (let minute = 0; minute <= 125; minute++) {
    if (sightings.see({ mac: ROGUE, address: 3 }, minute * 60_000)) seen.push(minute);
  }
  assert.deepEqual(seen, [0, 60, 120]);
});

Deno.test("Sightings names a host again at once when it is about another address", () => {
  const sightings = new Sightings(0);
  const [first, second, third] = [3, 4, 4].map((address) =>
    sightings.see({ mac: ROGUE, address }, 0)?.address
  );
  assert.deepEqual([first, second, third], [3, 4, undefined]);
});

const FLOODS = [
  { name: "2,000 made-up hosts a second", perSecond: 2000, rogueEveryMs: 1000, seconds: 320 },
  { name: "20,000 made-up hosts a second", perSecond: 20_000, rogueEveryMs: 1000, seconds: 600 },
  { name: "3,000 a second, seldom seen", perSecond: 3000, rogueEveryMs: 20_000, seconds: 3600 },
  {
    name: "5,000 hosts that come round every five seconds",
    perSecond: 1000,
    of: 5000,
    rogueEveryMs: 500,
    seconds: 500,
  },
];

for (const flood of FLOODS) {
  Deno.test(`Sightings names a host that goes on among ${flood.name}`, () => {
    const { namedMs, lines } = rogueNamedAfterMs(flood);
    assert.notEqual(namedMs, undefined, `not within ${flood.seconds} s`);
    assert.ok(lines <= 16 + 4 + 1 + flood.seconds * (1 / 60 + 1 / 5), `${lines} lines`);
  });
}

Deno.test("Sightings gives a host its turn among louder ones that are replaced all the time", () => {
  const sightings = new Sightings(0);
  for (let i = 0; i < 16; i++) sightings.see({ mac: madeUp(i), address: 9 }, 0);
  let isNamed = false;
  for (let ms = 0; ms < 300_000 && !isNamed; ms++) {
    const loud = { mac: madeUp(100 + Math.floor(ms / 3000)), address: 9 };
    const seen = [loud, loud, loud, ...(ms % 1000 === 0 ? [{ mac: ROGUE, address: 3 }] : [])];
    isNamed = seen.some((sighting) => sightings.see(sighting, ms)?.mac === ROGUE);
  }
  assert.ok(isNamed);
});

Deno.test("Sightings says how many it left out", () => {
  const sightings = new Sightings(0);
  for (let i = 0; i < 1000; i++) sightings.see({ mac: madeUp(i), address: 9 }, 0);
  const notice = sightings.see({ mac: madeUp(1000), address: 9 }, 60_000);
  assert.equal(notice?.leftOut, 1000 - 16);
});
