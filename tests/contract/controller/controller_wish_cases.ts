/** How a controller treats the addresses that NICs ask for, and those that they gave back. */

import assert from "node:assert/strict";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  addressesOf,
  conditionMessageOf,
  conditionOf,
  ipv4Of,
  macOf,
  makePool,
  makeVm,
  setNics,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";
import type { ControllerCase } from "./controller_cases.ts";

/** Wishes that cannot be had, and the reason that names the cause. */
const REFUSED_WISHES: readonly (readonly [address: string, reason: string])[] = [
  ["192.168.48.84", "AddressTaken"],
  ["192.168.48.81", "AddressExcluded"],
  ["192.168.48.88", "AddressReserved"],
  ["192.168.48.255", "AddressReserved"],
  ["10.1.2.3", "OutOfRange"],
];

async function refuseEachWish(world: ControllerWorld): Promise<void> {
  const controller = await world.start();
  await makePool(world, { ipv4Config: { router: "192.168.48.88" } });
  await makeVm(world, "vm-1", [{ macAddress: macOf(1), ipAddress: "192.168.48.84" }]);
  await untilAddresses(world, "vm-1", "192.168.48.84");
  for (const [index, [ipAddress, reason]] of REFUSED_WISHES.entries()) {
    const name = `wisher-${index}`;
    await makeVm(world, name, [{ macAddress: macOf(10 + index), ipAddress }]);
    const vm = await untilCondition(world, name, `Allocated False ${reason}`);
    assert.equal(addressesOf(vm), "-");
    const message = conditionMessageOf(vm, "Allocated");
    assert.ok(message.includes(ipAddress) && message.includes("ippool-1"), message);
    assert.ok(!message.includes("no more"), message);
    await untilEvent(controller, reason, ipAddress);
  }
  await untilUsed(world, 1);
}

export const WISH_CASES: readonly ControllerCase[] = [
  {
    need: "static address per NIC",
    name: "moves a NIC to the address that it asks for, and leaves it there when the wish goes",
    async run(world) {
      await world.start();
      await makePool(world);
      const macAddress = macOf(1);
      await makeVm(world, "vm-1", [{ macAddress }, { macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      for (const ipAddress of ["192.168.48.87", "192.168.48.89"]) {
        await setNics(world, "vm-1", [{ macAddress, ipAddress }, { macAddress: macOf(2) }]);
        await untilAddresses(world, "vm-1", `${ipAddress} 192.168.48.83`);
      }
      await setNics(world, "vm-1", [{ macAddress }, { macAddress: macOf(2) }]);
      await makeVm(world, "vm-2", [{ macAddress: macOf(3), ipAddress: "192.168.48.87" }]);
      await untilAddresses(world, "vm-2", "192.168.48.87");
      const vm = await untilCondition(world, "vm-1", "Allocated True");
      assert.equal(addressesOf(vm), "192.168.48.89 192.168.48.83");
    },
  },
  {
    need: "static address per NIC",
    name: "says of each address that cannot be had why",
    run: refuseEachWish,
  },
  {
    need: "static address per NIC",
    name: "gives a NIC the address that it waits for as soon as another leaves it",
    async run(world) {
      await world.start();
      await makePool(world);
      const ipAddress = "192.168.48.84";
      await makeVm(world, "vm-1", [{ macAddress: macOf(1), ipAddress }]);
      await untilAddresses(world, "vm-1", ipAddress);
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-2", "192.168.48.85");
      await setNics(world, "vm-2", [{ macAddress: macOf(2), ipAddress }]);
      const waiting = await untilCondition(world, "vm-2", "Allocated False AddressTaken");
      assert.equal(addressesOf(waiting), "192.168.48.85");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilAddresses(world, "vm-2", ipAddress);
      await untilCondition(world, "vm-2", "Allocated True");
      await untilUsed(world, 1);
    },
  },
  {
    need: "static address per NIC",
    name: "never sees a wish that is no address, because the API refuses it",
    async run(world) {
      await makePool(world);
      for (const ipAddress of ["192.168.48", "192.168.48.300", "1e2.1.1.1", "fe80::1"]) {
        await assert.rejects(
          makeVm(world, "vm-1", [{ macAddress: macOf(1), ipAddress }]),
          (error) => isStatus(error, 422),
          ipAddress,
        );
      }
    },
  },
  {
    need: "address kept when a VM is made again",
    name: "gives a VM that is made again the address that it asks for",
    async run(world) {
      await world.start();
      await makePool(world);
      const nics = [{ macAddress: macOf(1), ipAddress: "192.168.48.86" }];
      for (let time = 1; time <= 3; time++) {
        await makeVm(world, "vm-1", nics);
        await untilAddresses(world, "vm-1", "192.168.48.86");
        await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
        await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      }
      await untilUsed(world, 0);
    },
  },
  {
    need: "freed addresses are reused last",
    name: "hands out an address that was freed only after all others",
    async run(world) {
      await world.start();
      await makePool(world);
      const given: string[] = [];
      for (let n = 1; n <= 8; n++) {
        await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
        given.push(addressesOf(await untilCondition(world, `vm-${n}`, "Allocated True")));
        await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
        await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
      }
      assert.equal(new Set(given).size, 8, given.join(" "));
    },
  },
  {
    need: "exhaustion is told and ends by itself",
    name: "shows an exhausted pool in its counts, its series, a condition and an Event",
    async run(world) {
      const controller = await world.start();
      await makePool(world, {
        pool: { start: "192.168.48.81", end: "192.168.48.82", exclude: undefined },
      });
      for (const n of [1, 2]) {
        await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
        await untilCondition(world, `vm-${n}`, "Allocated True");
      }
      await makeVm(world, "vm-3", [{ macAddress: macOf(3) }]);
      const vm = await untilCondition(world, "vm-3", "Allocated False PoolExhausted");
      assert.match(
        conditionMessageOf(vm, "Allocated"),
        /all addresses are in use in ippool \S+\/ippool-1/,
      );
      const pool = await untilUsed(world, 2);
      assert.equal(ipv4Of(pool).available, 0);
      await untilEvent(controller, "PoolExhausted", "ippool-1");
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", { spec: { paused: true } });
      await untilCondition(world, "vm-3", "Allocated True");
      assert.equal(conditionOf(await world.get(IPPOOLS, "ippool-1"), "CacheReady"), "True");
    },
  },
];
