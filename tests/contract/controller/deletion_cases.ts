/** What users delete, in whatever order: nothing is stuck or leaked. */

import assert from "node:assert/strict";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  addressesOf,
  ipv4Of,
  macOf,
  makeVm,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { ControllerCase, Need } from "./controller_cases.ts";
import { CONFIGS, NUMBERS, type Order, ORDERS, type Subject, VMS } from "./deletion_orders.ts";

const NEED: Need = "every order of deletions";

function caseOf({ words, type, make }: Subject, order: Order): ControllerCase {
  return {
    need: NEED,
    name: `lets ${words} go ${order.name}`,
    async run(world) {
      const controller = await world.start();
      await make(world);
      if (order.isDown) await controller.stop();
      await order.run(world, async () => {
        for (const n of NUMBERS) await world.delete(type, `vm-${n}`);
      });
      if (order.isDown) await world.start();
      for (const n of NUMBERS) await world.untilGone(CONFIGS.type, `vm-${n}`);
      await order.end(world);
    },
  };
}

export const DELETION_CASES: readonly ControllerCase[] = [
  ...ORDERS.flatMap((order) => order.of.map((each) => caseOf(each, order))),
  {
    need: NEED,
    name: "frees the address of a deleted VM that another keeps, and gives it none again",
    async run(world) {
      await world.start();
      await CONFIGS.make(world);
      const { metadata: { finalizers = [] } } = await world.get(
        CONFIGS.type,
        "vm-1",
      );
      await world.patch(CONFIGS.type, "vm-1", {
        metadata: { finalizers: [...finalizers, "example.com/keeps-it"] },
      });
      await world.delete(CONFIGS.type, "vm-1");
      await untilUsed(world, 2);
      await makeVm(world, "vm-4", [{ macAddress: macOf(4) }]);
      await untilCondition(world, "vm-4", "Allocated True");
      const vm = await untilCondition(world, "vm-1", "Allocated False BeingDeleted");
      assert.equal(addressesOf(vm), "-");
      const macs = Object.values(ipv4Of(await untilUsed(world, 3)).allocated ?? {});
      assert.ok(!macs.includes(macOf(1)));
      await world.patch(CONFIGS.type, "vm-1", { metadata: { finalizers: [] } });
      await world.untilGone(CONFIGS.type, "vm-1");
    },
  },
  {
    need: NEED,
    name: "gives a VM an address that is made while one of its name is still going",
    async run(world) {
      await world.start();
      await CONFIGS.make(world);
      for (let time = 1; time <= 5; time++) {
        await world.delete(CONFIGS.type, "vm-1");
        await waitUntil(async () => {
          try {
            await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
            return true;
          } catch (error) {
            if (isStatus(error, 409)) return undefined;
            throw error;
          }
        }, { what: "the old vm-1 to go" });
        await untilCondition(world, "vm-1", "Allocated True");
      }
      const vm = await world.get(CONFIGS.type, "vm-1");
      const { allocated } = ipv4Of(await untilUsed(world, 3));
      assert.equal(allocated?.[addressesOf(vm)], macOf(1));
    },
  },
  {
    need: NEED,
    name: "makes the object of a VM again that somebody deleted, with the address that it had",
    async run(world) {
      await world.start();
      await VMS.make(world);
      const before = await world.get(CONFIGS.type, "vm-2");
      await world.delete(CONFIGS.type, "vm-2");
      await world.until(CONFIGS.type, "vm-2", {
        what: "another object of vm-2",
        holds: ({ metadata }) => metadata.uid !== before.metadata.uid,
      });
      const after = await untilCondition(world, "vm-2", "Allocated True");
      assert.equal(addressesOf(after), addressesOf(before));
      await untilUsed(world, 3);
    },
  },
];
