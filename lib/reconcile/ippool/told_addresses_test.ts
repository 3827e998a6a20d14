/** A record that was lost, and what VirtualMachineNetworkConfigs say that their NICs were told. */

import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import {
  addressOf,
  boundOf,
  type Found,
  putVm,
  worldOf,
} from "../../../tests/support/controller/lost_records.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import type { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";

function lastOctetsOf(world: PlannedWorld): readonly (number | undefined)[] {
  return [...world.vms.keys()].map((_, i) => {
    const address = boundOf(world, i);
    return address && address & 255;
  });
}

const CASES: readonly {
  readonly name: string;
  readonly vms: readonly Found[];
  readonly record?: Readonly<Record<number, number | string>>;
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
    name: "gives back the address that an edit put beside the one of another VM",
    vms: [{ told: 85 }, { told: 86 }],
    record: { 85: 1, 86: 1 },
    want: [85, 86],
  },
  {
    name: "gives back an address over which an edit put a mark that does not belong there",
    vms: [{}, { told: 85 }, { told: 86 }],
    record: { 85: "EXCLUDED", 86: "RESERVED" },
    want: [87, 85, 86],
  },
  {
    name: "leaves a VM whose object cannot be read the one that it was told, of two in the record",
    vms: [{ told: 85, isUnreadable: true }],
    record: { 83: 0, 85: 0 },
    want: [85],
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

Deno.test("a lost record: each of a network's pools records again what was told from its own range", () => {
  const world = worldOf([{ told: 84 }, { told: 120 }, {}]);
  const second = ippoolSample({
    metadata: { name: "ippool-2", creationTimestamp: "2026-02-01T00:00:00Z" },
    pool: { start: addressOf(120), end: addressOf(129), exclude: undefined },
  });
  world.put(world.pools, second);
  // The older one comes first, and does not take the VM over.
  world.stepPool("ippool-1");
  world.settle();
  assert.deepEqual(lastOctetsOf(world), [84, undefined, 85]);
  const { bindings } = world.view("ippool-2").record;
  assert.deepEqual([...bindings.keys()].map((address) => address & 255), [120]);
});

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

Deno.test("a lost record: a VM gets another address where nobody can give it the one that it was told", () => {
  const world = worldOf([{ told: 85 }]);
  const { status } = world.pools.get("ippool-1")! as { status?: JsonObject };
  const allocated = { [addressOf(85)]: "reserved by hand" };
  world.patch(world.pools, "ippool-1", { status: { ...status, ipv4: { allocated } } });
  // The other pool of the network has the address in its range as well.
  world.put(world.pools, ippoolSample({ metadata: { name: "newer" } }));
  world.settle();
  assert.notEqual(boundOf(world, 0), undefined);
});

for (const rules of [{ allowedNamespaces: ["other"] }, { maxAddressesPerNamespace: 1 }]) {
  Deno.test(`a lost record: a VM is told its address on, whatever ${Object.keys(rules)} says`, () => {
    const world = worldOf([{}, {}], {});
    world.settle();
    const before = lastOctetsOf(world);
    world.patch(world.pools, "ippool-1", { spec: rules });
    world.settle();
    const { status } = world.pools.get("ippool-1")!;
    const { allocated: _, ...ipv4 } = (status as { ipv4: JsonObject }).ipv4;
    world.patch(world.pools, "ippool-1", { status: { ipv4 } });
    // Before the pool: it must not forget its address, which nothing else knows of.
    world.stepVm("vm-0");
    world.stepVm("vm-1");
    world.settle();
    assert.deepEqual(lastOctetsOf(world), before);
    for (const { status } of world.vms.values()) {
      const { networkConfigs: [nic] } = status as { networkConfigs: JsonObject[] };
      assert.equal(nic!.state, "Allocated");
    }
  });
}

for (
  const [what, rules] of [["any VM", {}], ["no VM", { allowedNamespaces: ["other"] }]] as const
) {
  Deno.test(`a lost record: an address that one VM leaves goes to the one that was told it, where ${what} gets a new one`, () => {
    const world = worldOf([{ told: 85, wanted: 86 }, { told: 85 }], { 85: 0 });
    const { spec } = world.pools.get("ippool-1")!;
    const first = world.vms.get("vm-0")!;
    const metadata = { ...first.metadata, namespace: "other" };
    const networkConfigs = (first.spec as { networkConfigs: JsonObject[] }).networkConfigs
      .map((nic) => ({ ...nic, networkName: "default/net-48" }));
    world.patch(world.vms, "vm-0", { metadata, spec: { networkConfigs } });
    world.patch(world.pools, "ippool-1", { spec: { ...(spec as JsonObject), ...rules } });
    assert.ok(world.planPool("ippool-1").record.isHalf);
    world.stepPool("ippool-1");
    world.stepPool("ippool-1");
    assert.deepEqual(lastOctetsOf(world), [86, 85]);
    assert.equal(world.planPool("ippool-1").status, undefined);
  });
}
