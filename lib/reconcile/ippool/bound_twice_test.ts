/** One address in the records of two pools of a network, for two MACs: never two VMs live with it. */

import assert from "node:assert/strict";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { IPPOOL_FINALIZER } from "../names.ts";

const ADDRESS = "192.168.48.83";
const MACS = { first: "52:54:00:00:00:01", second: "52:54:00:00:00:02" };
type VmName = keyof typeof MACS;
const NAMES: readonly VmName[] = ["first", "second"];

/** The older pool binds the address to the first VM, the younger one to the second. */
function worldOf(
  told: readonly VmName[],
  { spec = {}, wanted }: { readonly spec?: JsonObject; readonly wanted?: string } = {},
): PlannedWorld {
  const world = new PlannedWorld();
  for (const [name, vm] of [["ippool-1", "first"], ["ippool-2", "second"]] as const) {
    const status = { ipv4: { allocated: { [ADDRESS]: MACS[vm] } } };
    const metadata = { name, finalizers: [IPPOOL_FINALIZER] };
    world.put(world.pools, ippoolSample({ metadata, spec, status }));
  }
  for (const name of NAMES) {
    const networkName = "default/net-48";
    const nic = { macAddress: MACS[name], networkName };
    const status = {
      networkConfigs: [{ ...nic, state: "Allocated", allocatedIPAddress: ADDRESS }],
    };
    world.put(
      world.vms,
      vmnetcfgSample({
        metadata: { name },
        spec: { networkConfigs: [{ ...nic, ...(wanted && { ipAddress: wanted }) }] },
        ...(told.includes(name) ? { status } : {}),
      }),
    );
  }
  return world;
}

function toldOf(world: PlannedWorld, name: VmName): string | undefined {
  const { networkConfigs = [] } = (world.vms.get(name)!.status ?? {}) as {
    networkConfigs?: readonly { allocatedIPAddress?: string }[];
  };
  return networkConfigs[0]?.allocatedIPAddress;
}

/** The MACs that the pools bind the address to. */
function holdersOf(world: PlannedWorld): readonly unknown[] {
  return [...world.pools.values()].flatMap(({ status }) => {
    const { ipv4 } = status as { ipv4: { allocated?: Record<string, string> } };
    return ipv4.allocated?.[ADDRESS] ?? [];
  });
}

function allocatedOf(world: PlannedWorld, name: VmName): JsonObject {
  const { conditions } = world.vms.get(name)!.status as { conditions: JsonObject[] };
  return conditions.find(({ type }) => type === "Allocated")!;
}

for (
  const { told, keeps } of [
    { told: [], keeps: "first" },
    { told: ["first"], keeps: "first" },
    { told: ["second"], keeps: "second" },
    { told: ["first", "second"], keeps: "first" },
  ] as const
) {
  for (const order of [["ippool-1", "ippool-2"], ["ippool-2", "ippool-1"]]) {
    const who = told.join(" and ") || "nobody";
    Deno.test(`an address of two pools stays with one VM, told ${who}, planned ${order}`, () => {
      const world = worldOf(told);
      for (const name of order) world.stepPool(name);
      assert.deepEqual(holdersOf(world), [MACS[keeps]]);
      world.settle();
      assert.deepEqual(holdersOf(world), [MACS[keeps]]);
      assert.equal(toldOf(world, keeps), ADDRESS);
      const other = keeps === "first" ? "second" : "first";
      assert.notEqual(toldOf(world, other), ADDRESS);
      assert.equal(allocatedOf(world, other).reason, "AddressesRecorded");
    });
  }
}

Deno.test("a NIC is not told an address that another pool binds to another MAC, and what it waits for", () => {
  const world = worldOf([]);
  // The finalizers, then what the status says.
  for (const name of [...NAMES, ...NAMES]) world.stepVm(name);
  for (const name of NAMES) assert.equal(toldOf(world, name), undefined);
  const { reason, message } = allocatedOf(world, "second");
  assert.equal(reason, "AddressBoundTwice");
  assert.equal(
    message,
    `${MACS.second} waits: ${ADDRESS} is bound to it in ippool default/ippool-2, and to ` +
      `${MACS.first} (VirtualMachineNetworkConfig default/first) in ippool default/ippool-1; ` +
      "the controller takes it from one of them; if that lasts, look at the conditions of the ippools and at the controller's log",
  );
});

Deno.test("planIPPool() says whose address it gave up, to which pool, and what helps", () => {
  const world = worldOf(["first", "second"]);
  assert.deepEqual(world.planPool("ippool-2").notes.map(({ note }) => note), [
    `${ADDRESS} was bound to ${MACS.second} (VirtualMachineNetworkConfig default/second) here and ` +
    `to ${MACS.first} in ippool default/ippool-1, which keeps it; the network interface that gave ` +
    "it up gets another address if there is one; delete the ippool that is not wanted, or keep the " +
    "ranges apart",
  ]);
  assert.deepEqual(world.planPool("ippool-1").notes, []);
});

Deno.test("a NIC that asks for the address of another pool's VM waits for it", () => {
  const world = worldOf(["first", "second"], { wanted: ADDRESS });
  world.settle();
  assert.equal(toldOf(world, "first"), ADDRESS);
  assert.equal(toldOf(world, "second"), undefined);
  assert.equal(allocatedOf(world, "second").reason, "AddressTaken");
});

Deno.test("two paused pools tell no two VMs one address", () => {
  const world = worldOf(["first", "second"], { spec: { paused: true } });
  world.settle();
  assert.deepEqual(NAMES.map((name) => toldOf(world, name)), [ADDRESS, undefined]);
});
