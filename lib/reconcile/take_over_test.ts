/** What the Go version has left is taken over: no address changes, nothing is told, and each object is written once. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../base/json.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "./names.ts";

const POOL = "ippool-1";
const NETWORK = "default/net-48";

/** How a VM is left: what its status says, and whether the record says the same. */
const KINDS = ["held", "lost", "paused", "passedOn", "waiting"] as const;
type Kind = (typeof KINDS)[number];

const SPELLINGS = [
  (mac: string) => mac,
  (mac: string) => mac.toUpperCase(),
  (mac: string) => mac.replaceAll(":", "-"),
];

interface LeftVm {
  readonly kind: Kind;
  readonly spelling: number;
  /** Whether it asks for the address that it has. */
  readonly isFixed: boolean;
}

const VM: fc.Arbitrary<LeftVm> = fc.record({
  kind: fc.constantFrom(...KINDS),
  spelling: fc.nat(SPELLINGS.length - 1),
  isFixed: fc.boolean(),
});

/** Conditions as the Go version writes them. */
function conditionsOf(states: Readonly<Record<string, string>>): readonly JsonObject[] {
  const lastUpdateTime = "2025-12-31T00:00:00Z";
  return Object.entries(states).map(([type, status]) => ({ type, status, lastUpdateTime }));
}

function macOf(i: number, { spelling }: LeftVm): string {
  return SPELLINGS[spelling]!(`52:54:00:00:00:${(0xa0 + i).toString(16)}`);
}

function addressOf(i: number): string {
  return `192.168.48.${100 + i}`;
}

/** The address that a status names: of the first VM, where it was that one's before a pause. */
function namedBy(vms: readonly LeftVm[], i: number): string {
  const holder = vms.findIndex(({ kind }) => kind === "held");
  return addressOf(vms[i]!.kind === "passedOn" && holder >= 0 ? holder : i);
}

function worldOf(vms: readonly LeftVm[]): PlannedWorld {
  const world = new PlannedWorld();
  world.awaitedLong = false;
  const allocated = vms.flatMap((vm, i) =>
    vm.kind === "held" ? [[addressOf(i), macOf(i, vm)]] : []
  );
  world.agent = { ready: true, reason: "Serving", message: "1 agent is ready" };
  const states = { Registered: "True", CacheReady: "True", AgentReady: "True", Stopped: "False" };
  const agentPodRef = { namespace: "harvester-system", name: "agent", image: "go:1", uid: "1" };
  const message = "1 agent is ready: agent";
  world.agent = { ready: true, reason: "Serving", message, podRef: agentPodRef };
  world.put(
    world.pools,
    ippoolSample({
      metadata: { finalizers: [IPPOOL_FINALIZER] },
      pool: { start: "192.168.48.82", end: "192.168.48.150", exclude: [] },
      status: {
        agentPodRef,
        conditions: conditionsOf(states),
        ipv4: {
          allocated: Object.fromEntries(allocated),
          used: allocated.length,
          available: 69 - allocated.length,
        },
      },
    }),
  );
  vms.forEach((vm, i) => putVm(world, vms, { i, vm }));
  return world;
}

function putVm(
  world: PlannedWorld,
  vms: readonly LeftVm[],
  { i, vm }: { readonly i: number; readonly vm: LeftVm },
): void {
  const paused = vm.kind === "paused" || vm.kind === "passedOn";
  const nic = { macAddress: macOf(i, vm), networkName: NETWORK };
  const allocatedIPAddress = namedBy(vms, i);
  const state = paused ? "Pending" : "Allocated";
  const isWaiting = vm.kind === "waiting";
  // A new one is kept off the addresses of those that are paused, which are free.
  const wish = vm.isFixed || isWaiting ? { ipAddress: addressOf(i) } : {};
  const states = { Allocated: paused || isWaiting ? "False" : "True", InSynced: "True" };
  world.put(
    world.vms,
    vmnetcfgSample({
      metadata: { name: `vm-${i}`, finalizers: [VMNETCFG_FINALIZER] },
      spec: { paused, networkConfigs: [{ ...nic, ...wish }] },
      status: {
        conditions: conditionsOf({ ...states, Disabled: paused ? "True" : "False" }),
        ...(isWaiting ? {} : { networkConfigs: [{ ...nic, allocatedIPAddress, state }] }),
      },
    }),
  );
}

/** Carries all plans out until nothing is left. @returns By object, how often its status was written. */
function takeOver(world: PlannedWorld, vms: readonly LeftVm[]): ReadonlyMap<string, number> {
  const writes = new Map<string, number>();
  for (let round = 0; round < 10; round++) {
    const steps = [
      ...vms.map((vm, i) => {
        const { notes } = world.planVm(`vm-${i}`);
        if (vm.kind !== "waiting") assert.deepEqual(notes, [], `vm-${i} is told of`);
        return [`vm-${i}`, world.stepVm(`vm-${i}`)] as const;
      }),
      [POOL, (assert.deepEqual(world.planPool(POOL).notes, []), world.stepPool(POOL))] as const,
    ];
    const written = steps.filter(([, wrote]) => wrote).map(([name]) => name);
    for (const name of written) writes.set(name, (writes.get(name) ?? 0) + 1);
    if (written.length === 0) return writes;
  }
  throw new Error("the planners do not come to rest");
}

function nicsOf(world: PlannedWorld, i: number): readonly JsonObject[] {
  const { networkConfigs } = world.vms.get(`vm-${i}`)!.status as { networkConfigs: JsonObject[] };
  return networkConfigs;
}

function assertKept(world: PlannedWorld, vms: readonly LeftVm[]): void {
  const { ipv4 } = world.pools.get(POOL)!.status as { ipv4: { allocated?: JsonObject } };
  vms.forEach((vm, i) => {
    const [macAddress, networkName] = [macOf(i, vm), NETWORK];
    const nic = (state: string) => ({
      allocatedIPAddress: addressOf(i),
      macAddress,
      networkName,
      state,
    });
    if (vm.kind === "held" || vm.kind === "lost") {
      assert.deepEqual(nicsOf(world, i), [nic("Allocated")]);
      assert.equal(ipv4.allocated?.[addressOf(i)], macAddress);
    } else if (vm.kind !== "waiting") {
      const isFree = namedBy(vms, i) === addressOf(i);
      assert.deepEqual(nicsOf(world, i), isFree ? [nic("Pending")] : []);
    }
  });
}

Deno.test("planners take over what the Go version left: one write each, no address changes, nothing is told", () => {
  fc.assert(
    fc.property(fc.array(VM, { maxLength: 6 }), (vms) => {
      const world = worldOf(vms);
      const writes = takeOver(world, vms);
      for (const [name, count] of writes) {
        assert.equal(count, 1, `${name} is written ${count} times`);
      }
      assertKept(world, vms);
      world.restart();
      assert.equal(takeOver(world, vms).size, 0, "a restart writes nothing");
    }),
    { numRuns: 150, seed: 17 },
  );
});

Deno.test("planners give paused NICs of the Go version their addresses back, unless others have them by now", () => {
  const vms: readonly LeftVm[] = (["held", "paused", "passedOn", "paused"] as const)
    .map((kind, spelling) => ({ kind, spelling: spelling % 3, isFixed: false }));
  const world = worldOf(vms);
  takeOver(world, vms);
  vms.forEach((_, i) => world.patch(world.vms, `vm-${i}`, { spec: { paused: false } }));
  world.settle();
  const addresses = vms.map((_, i) => nicsOf(world, i)[0]!.allocatedIPAddress);
  assert.deepEqual(addresses.toSpliced(2, 1), [0, 1, 3].map(addressOf));
  assert.equal(new Set(addresses).size, 4);
});
