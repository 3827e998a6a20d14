/** What living VMs were told, over random worlds in which records were lost, and any order of events. */

import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressOf,
  boundOf,
  type Found,
  macOf,
  worldOf,
} from "../../../tests/support/controller/lost_records.ts";
import type { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";

const VMS_MAX = 9;

const FOUND: fc.Arbitrary<Found> = fc.record({
  told: fc.option(fc.integer({ min: 80, max: 92 }), { nil: undefined }),
  state: fc.constantFrom("Allocated", "Allocated", "Allocated", "Pending", "Stale"),
  wanted: fc.option(fc.integer({ min: 81, max: 91 }), { nil: undefined, freq: 1 }),
  paused: fc.boolean(),
  isUnreadable: fc.integer({ min: 0, max: 4 }).map((chance) => chance === 0),
  hasFinalizer: fc.integer({ min: 0, max: 3 }).map((chance) => chance > 0),
  spellings: fc.tuple(fc.integer({ min: 0, max: 2 }), fc.integer({ min: 0, max: 2 })),
});

/** VMs that live with an address that nobody before them was told and the record gives nobody else. */
function keepersOf(
  vms: readonly Found[],
  record: Readonly<Record<number, number>>,
): ReadonlyMap<number, number> {
  const recorded = new Map(Object.entries(record).map(([last, i]) => [i, Number(last)]));
  const keepers = new Map<number, number>();
  const lives = (i: number) => vms[i]!.isUnreadable || vms[i]!.paused !== true;
  for (const [i, last] of recorded) if (lives(i)) keepers.set(i, last);
  vms.forEach(({ told, state }, i) => {
    const isKnown = lives(i) && state === "Allocated" && !recorded.has(i);
    if (!isKnown || told === undefined || told < 83 || told > 89) return;
    if (![...keepers.values()].includes(told)) keepers.set(i, told);
  });
  return keepers;
}

Deno.test("a lost record: no order of events takes from a living VM what it alone was told, or binds twice", () => {
  const world = fc.record({
    vms: fc.array(FOUND, { minLength: 1, maxLength: VMS_MAX }),
    // Of the true record, what is left.
    left: fc.uniqueArray(
      fc.tuple(fc.integer({ min: 83, max: 89 }), fc.integer({ min: 0, max: VMS_MAX - 1 })),
      { maxLength: 4, selector: ([last]) => last },
    ),
    order: fc.array(fc.integer({ min: -2, max: VMS_MAX - 1 }), { maxLength: 30 }),
  });
  fc.assert(
    fc.property(world, ({ vms, left, order }) => {
      const owners = new Map(left.filter(([, i]) => i < vms.length).map(([last, i]) => [i, last]));
      const record = Object.fromEntries([...owners].map(([i, last]) => [last, i]));
      const keepers = keepersOf(vms, record);
      const world = worldOf(vms, record);
      world.awaitedLong = order.length % 2 === 0;
      const step = (i: number) => {
        if (i === -2) world.restart();
        else if (i === -1) world.stepPool("ippool-1");
        else world.stepVm(`vm-${i}`);
      };
      for (const i of order) {
        step(i);
        assertKept(world, { vms, record, keepers });
      }
      world.awaitedLong = true;
      world.settle();
      assertKept(world, { vms, record, keepers });
      for (const [i, last] of keepers) {
        if (vms[i]!.wanted !== undefined && !vms[i]!.isUnreadable) continue;
        assert.equal(boundOf(world, i), parseIpv4Address(addressOf(last)), `vm-${i}`);
      }
    }),
    { numRuns: 400 },
  );
});

/** Who may still want another address may have moved, and left its own to others. */
function assertKept(
  world: PlannedWorld,
  { vms, record, keepers }: {
    readonly vms: readonly Found[];
    readonly record: Readonly<Record<number, number>>;
    readonly keepers: ReadonlyMap<number, number>;
  },
): void {
  const { bindings } = world.view("ippool-1").record;
  const macs = [...bindings.values()];
  assert.equal(new Set(macs).size, macs.length, "one MAC has two addresses");
  for (const [i, last] of keepers) {
    if (vms[i]!.wanted !== undefined && !vms[i]!.isUnreadable) continue;
    const holder = bindings.get(parseIpv4Address(addressOf(last))!);
    // A binding that nobody claims stands until the pool's first plan.
    const known = [i, record[last] ?? i].map((each) => parseMacAddress(macOf(each)));
    const isKept = holder === undefined || known.includes(holder);
    assert.ok(isKept, `${addressOf(last)} of vm-${i} was given away`);
  }
}
