/** A record that was lost, and what VirtualMachineNetworkConfigs say that their NICs were told. */

import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../names.ts";

const NETWORK = "default/net-48";

/** A VM as it is found; its MAC follows from its number, and so does its age: 0 is the oldest. */
interface Found {
  readonly told?: number | undefined;
  readonly state?: "Allocated" | "Pending" | "Stale";
  readonly wanted?: number | undefined;
  readonly paused?: boolean;
  readonly isUnreadable?: boolean;
  readonly hasFinalizer?: boolean;
  /** How its specification and its status spell the MAC. */
  readonly spellings?: readonly [number, number];
}

const SPELLINGS = [
  (mac: string) => mac,
  (mac: string) => mac.toUpperCase(),
  (mac: string) => mac.replaceAll(":", "-"),
];

function macOf(i: number): string {
  return `52:54:00:00:0a:0${i}`;
}

function addressOf(last: number): string {
  return `192.168.48.${last}`;
}

function putVm(world: PlannedWorld, i: number, found: Found): void {
  const [inSpec, inStatus] = (found.spellings ?? [0, 0]).map((each) => SPELLINGS[each]!(macOf(i)));
  const ipAddress = found.isUnreadable ? "bogus" : found.wanted && addressOf(found.wanted);
  const nic = { macAddress: inSpec, networkName: "net-48", ...(ipAddress && { ipAddress }) };
  const told = {
    macAddress: inStatus,
    networkName: NETWORK,
    state: found.state ?? "Allocated",
    allocatedIPAddress: addressOf(found.told ?? 0),
  };
  world.put(
    world.vms,
    vmnetcfgSample({
      metadata: {
        name: `vm-${i}`,
        creationTimestamp: `2026-01-01T00:00:0${i}Z`,
        ...(found.hasFinalizer === false ? {} : { finalizers: [VMNETCFG_FINALIZER] }),
      },
      spec: { paused: found.paused === true, networkConfigs: [nic] },
      ...(found.told === undefined ? {} : { status: { networkConfigs: [told] } }),
    }),
  );
}

/** A pool that hands out .83 to .89 and whose record has these bindings: last octet to VM. */
function worldOf(vms: readonly Found[], record: Readonly<Record<number, number>> = {}) {
  const world = new PlannedWorld();
  const entries = Object.entries(record).map(([last, i]) => [addressOf(Number(last)), macOf(i)]);
  world.put(
    world.pools,
    ippoolSample({
      metadata: { finalizers: [IPPOOL_FINALIZER] },
      pool: { start: addressOf(82), exclude: [addressOf(82), addressOf(90)] },
      status: { ipv4: { allocated: Object.fromEntries(entries), used: 0, available: 0 } },
    }),
  );
  vms.forEach((found, i) => putVm(world, i, found));
  return world;
}

function boundOf(world: PlannedWorld, i: number): Ipv4Address | undefined {
  return world.view("ippool-1").record.addresses.get(parseMacAddress(macOf(i))!);
}

function lastOctetsOf(world: PlannedWorld): readonly (number | undefined)[] {
  return [...world.vms.keys()].map((_, i) => {
    const address = boundOf(world, i);
    return address && address & 255;
  });
}

const CASES: readonly {
  readonly name: string;
  readonly vms: readonly Found[];
  readonly record?: Readonly<Record<number, number>>;
  readonly want: readonly (number | undefined)[];
}[] = [
  {
    name: "keeps what was told, whoever else asks, and in whichever order",
    vms: [{}, { told: 83 }, {}, { told: 84 }, { told: 86 }],
    want: [87, 83, 88, 84, 86],
  },
  {
    name: "leaves an address to the one that was told it when a paused one waits for it",
    vms: [{ told: 88, state: "Pending", paused: true }, { told: 88 }],
    want: [undefined, 88],
  },
  {
    name: "leaves an address to the one that was told it when an older one once had it",
    vms: [{ told: 88, state: "Pending" }, { told: 88 }],
    want: [89, 88],
  },
  {
    name: "leaves an address that two were told to the older one",
    vms: [{ told: 85 }, { told: 85 }],
    want: [85, 86],
  },
  {
    name: "leaves an address to the one that the record names, and moves nobody",
    vms: [{ told: 85 }, { told: 86 }, { told: 86 }],
    record: { 85: 2 },
    want: [87, 86, 85],
  },
  {
    name: "gives no told address to a newcomer that wants it",
    vms: [{ wanted: 85 }, { told: 85 }],
    want: [undefined, 85],
  },
  {
    name: "moves a VM from what it was told to what it came to want, and stays when it cannot",
    vms: [{ told: 84, wanted: 85 }, { told: 86, wanted: 87 }, { told: 87 }],
    want: [85, 86, 87],
  },
  {
    name: "hands out anew what the pool has not to hand out",
    vms: [{ told: 82 }, { told: 91 }, { told: 77 }, { told: 0 }, { told: 255 }],
    want: [83, 84, 85, 86, 87],
  },
  {
    name: "keeps what a VM was told whose object cannot be read",
    vms: [{}, { told: 83, isUnreadable: true }, {}],
    want: [84, 83, 85],
  },
  {
    name: "keeps a told address free until its object has a finalizer",
    vms: [{}, { told: 83, hasFinalizer: false }],
    want: [84, 83],
  },
  {
    name: "finds a NIC however its MAC is spelled",
    vms: [{}, { told: 83, spellings: [0, 1] }, { told: 84, spellings: [1, 2] }, {
      told: 85,
      spellings: [2, 0],
    }],
    want: [86, 83, 84, 85],
  },
];

for (const { name, vms, record, want } of CASES) {
  Deno.test(`a lost record: planIPPool() ${name}`, () => {
    const world = worldOf(vms, record);
    world.settle();
    assert.deepEqual(lastOctetsOf(world), want);
  });
}

Deno.test("a lost record: a pool that is paused or about to go records again what was told, and nothing else", () => {
  for (const change of [{ spec: { paused: true } }, { metadata: { deletionTimestamp: "x" } }]) {
    const world = worldOf([{ told: 84 }, {}]);
    world.patch(world.pools, "ippool-1", change);
    world.settle();
    assert.deepEqual(lastOctetsOf(world), [84, undefined]);
  }
});

Deno.test("a lost record: a status goes on to name what was told while no pool can say otherwise", () => {
  const world = worldOf([{ told: 84 }]);
  const pool = world.pools.get("ippool-1")!;
  world.settle();
  world.pools.delete("ippool-1");
  world.settle();
  assert.deepEqual(nicOf(world), ["Allocated", addressOf(84), "False NoIPPool"]);
  const { status: _, ...made } = pool;
  world.put(world.pools, { ...made, metadata: { name: "ippool-1", namespace: "default" } });
  putVm(world, 1, {});
  // The newcomer and the pool come first.
  world.stepPool("ippool-1");
  world.stepVm("vm-1");
  world.settle();
  assert.deepEqual(lastOctetsOf(world), [84, 85]);
  assert.deepEqual(nicOf(world), ["Allocated", addressOf(84), "True AddressesRecorded"]);
});

function nicOf(world: PlannedWorld): readonly unknown[] {
  const { networkConfigs, conditions } = world.vms.get("vm-0")!.status as {
    networkConfigs: JsonObject[];
    conditions: JsonObject[];
  };
  const { status, reason } = conditions.find(({ type }) => type === "Allocated")!;
  return [networkConfigs[0]!.state, networkConfigs[0]!.allocatedIPAddress, `${status} ${reason}`];
}

Deno.test("a lost record: taking up what was told writes no status of a VM and notes nothing", () => {
  const world = worldOf([{ told: 84 }, { told: 83 }]);
  world.settle();
  const written = structuredClone([...world.vms.values()]);
  world.patch(world.pools, "ippool-1", { status: undefined });
  world.restart();
  assert.deepEqual(world.planPool("ippool-1").notes, []);
  for (const name of world.vms.keys()) {
    assert.deepEqual(world.planVm(name).notes.length, 1, "waits");
  }
  world.stepPool("ippool-1");
  for (const name of world.vms.keys()) {
    assert.deepEqual([world.planVm(name).status, world.planVm(name).notes], [undefined, []]);
  }
  world.settle();
  assert.deepEqual([...world.vms.values()], written);
});

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
