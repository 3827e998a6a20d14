/** How a controller keeps every VM's address when the record of a pool is lost. */

import assert from "node:assert/strict";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import {
  addressesOf,
  ipv4Of,
  macOf,
  makeReadyPool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { ControllerCase } from "./controller_cases.ts";

const COUNT = 30;

const POOL = {
  ipv4Config: { cidr: "10.48.0.0/16", serverIP: "10.48.0.2", router: "10.48.0.1" },
  pool: { start: "10.48.1.0", end: "10.48.1.100", exclude: undefined },
};

/** VMs whose order of names is not that of their addresses, and which address each has. */
async function makeVms(world: ControllerWorld): Promise<ReadonlyMap<string, string>> {
  await makeReadyPool(world, POOL);
  const names = Array.from({ length: COUNT }, (_, i) => `vm-${(7 * i) % COUNT}`);
  for (const [i, name] of names.entries()) await makeVm(world, name, [{ macAddress: macOf(i) }]);
  await untilUsed(world, COUNT);
  const addresses = names.map(async (name) => {
    return [name, addressesOf(await untilCondition(world, name, "Allocated True"))] as const;
  });
  return new Map(await Promise.all(addresses));
}

async function loseRecord(world: ControllerWorld): Promise<void> {
  const options = { subresource: "status" } as const;
  const { type, name } = { type: IPPOOLS, name: world.nameOf("ippool-1") };
  await world.client.mergePatch(type, name, { status: { ipv4: null } }, options);
}

/** All VMs have what they had, and two newcomers, whose names come first and last, something else. */
async function assertKept(
  world: ControllerWorld,
  before: ReadonlyMap<string, string>,
): Promise<void> {
  const pool = await untilUsed(world, COUNT + 2);
  const holders = Object.entries(ipv4Of(pool).allocated ?? {});
  for (const [name, address] of before) {
    const vm = await untilCondition(world, name, "Allocated True");
    assert.equal(addressesOf(vm), address, name);
  }
  const bound = holders.filter(([, mac]) => mac.includes(":"));
  assert.equal(new Set(bound.map(([, mac]) => mac)).size, COUNT + 2);
  for (const name of ["a-newcomer", "z-newcomer"]) {
    const vm = await untilCondition(world, name, "Allocated True");
    assert.ok(![...before.values()].includes(addressesOf(vm)), name);
  }
}

async function makeNewcomers(world: ControllerWorld): Promise<void> {
  await makeVm(world, "a-newcomer", [{ macAddress: macOf(COUNT + 1) }]);
  await makeVm(world, "z-newcomer", [{ macAddress: macOf(COUNT + 2) }]);
}

export const RECORD_CASES: readonly ControllerCase[] = [
  {
    need: "addresses that nothing takes away",
    name: "keeps every VM's address when the record is emptied under it",
    async run(world) {
      const { writes } = await world.start();
      const before = await makeVms(world);
      const written = writes.length;
      await loseRecord(world);
      await untilUsed(world, COUNT);
      assert.deepEqual(writes.slice(written), ["replace ippools"]);
      await makeNewcomers(world);
      await assertKept(world, before);
    },
  },
  {
    need: "addresses that nothing takes away",
    name: "keeps every VM's address when the record was lost while it was down and VMs came",
    async run(world) {
      const first = await world.start();
      const before = await makeVms(world);
      await first.stop();
      await loseRecord(world);
      await makeNewcomers(world);
      await world.start();
      await assertKept(world, before);
    },
  },
  {
    need: "addresses that nothing takes away",
    name: "keeps every VM's address when the pool is stripped of its finalizer and made anew",
    async run(world) {
      await world.start();
      const before = await makeVms(world);
      await world.delete(IPPOOLS, "ippool-1");
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: null } });
      await world.untilGone(IPPOOLS, "ippool-1");
      for (const name of before.keys()) {
        await untilCondition(world, name, "Allocated False NoIPPool");
      }
      await makeNewcomers(world);
      await world.create(IPPOOLS, ippoolSample({ ...POOL, spec: { networkName: "net-48" } }));
      await assertKept(world, before);
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "a-newcomer");
      await untilUsed(world, COUNT + 1);
    },
  },
];
