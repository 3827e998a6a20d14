/** Orders in which users delete VMs, pools, networks and namespaces. */

import assert from "node:assert/strict";
import type { ResourceType } from "../../../lib/api/meta.ts";
import {
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  addressesOf,
  conditionOf,
  macOf,
  makePool,
  makeVm,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import { eth, makeVirtualMachine } from "../../support/controller/virtual_machines.ts";

/** Of what is made. */
export const NUMBERS = [1, 2, 3];

/** What users make and delete. */
export interface Subject {
  readonly words: string;
  readonly type: ResourceType;
  /** Makes a pool with vm-1, vm-2 and vm-3, all served. */
  make(world: ControllerWorld): Promise<void>;
}

function subject(
  words: string,
  type: ResourceType,
  makeOne: (world: ControllerWorld, name: string, n: number) => Promise<unknown>,
): Subject {
  return {
    words,
    type,
    async make(world) {
      await makePool(world);
      for (const n of NUMBERS) await makeOne(world, `vm-${n}`, n);
      for (const n of NUMBERS) await untilCondition(world, `vm-${n}`, "Allocated True");
    },
  };
}

/** Made by a person. */
export const CONFIGS = subject(
  "configs",
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  (world, name, n) => makeVm(world, name, [{ macAddress: macOf(n) }]),
);

/** Their configs go with them. */
export const VMS = subject(
  "VMs",
  VIRTUAL_MACHINES,
  (world, name, n) => makeVirtualMachine(world, name, [eth(0, n)]),
);

/** One order. */
export interface Order {
  /** Completes "lets configs go …". */
  readonly name: string;
  readonly of: readonly Subject[];
  /** Whether the controller is down meanwhile. */
  readonly isDown?: boolean;
  /** @param deleteAll Deletes what was made. */
  run(world: ControllerWorld, deleteAll: () => Promise<void>): Promise<void>;
  /** What is to be seen when all configs are gone. */
  readonly end: (world: ControllerWorld) => Promise<unknown>;
}

const END = {
  poolGone: (world) => world.untilGone(IPPOOLS, "ippool-1"),
  noneUsed: (world) => untilUsed(world, 0),
  namespaceGone: (world) => world.untilNamespaceGone(),
  async poolToDelete(world) {
    await untilUsed(world, 0);
    await world.delete(IPPOOLS, "ippool-1");
    await world.untilGone(IPPOOLS, "ippool-1");
  },
} as const satisfies Record<string, Order["end"]>;

function deleteNamespace(world: ControllerWorld): Promise<void> {
  return world.client.delete(NAMESPACES, { namespace: "", name: world.namespace });
}

function setPaused(world: ControllerWorld, type: ResourceType, name: string): Promise<unknown> {
  return world.patch(type, name, { spec: { paused: true } });
}

async function deletePoolFirst(
  world: ControllerWorld,
  deleteAll: () => Promise<void>,
): Promise<void> {
  await world.delete(IPPOOLS, "ippool-1");
  await deleteAll();
}

async function deletePoolAfterNetwork(
  world: ControllerWorld,
  deleteAll: () => Promise<void>,
): Promise<void> {
  await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
  await deletePoolFirst(world, deleteAll);
}

export const ORDERS: readonly Order[] = [
  {
    name: "after their pool",
    of: [CONFIGS],
    run: deletePoolFirst,
    end: END.poolGone,
  },
  {
    name: "after their network",
    of: [CONFIGS],
    async run(world, deleteAll) {
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.until(IPPOOLS, "ippool-1", {
        what: "the pool to miss its network",
        holds: (pool) => conditionOf(pool, "Registered") === "False NetworkNotFound",
      });
      const vm = await world.get(CONFIGS.type, "vm-1");
      assert.notEqual(addressesOf(vm), "-");
      assert.equal(conditionOf(vm, "Allocated"), "True");
      await deleteAll();
    },
    end: END.poolToDelete,
  },
  {
    name: "after their network and their pool",
    of: [VMS],
    run: deletePoolAfterNetwork,
    end: END.poolGone,
  },
  {
    name: "after their network and their pool while it was down",
    of: [CONFIGS],
    isDown: true,
    run: deletePoolAfterNetwork,
    end: END.poolGone,
  },
  {
    name: "after their pool while it was down",
    of: [VMS],
    isDown: true,
    run: deletePoolFirst,
    end: END.poolGone,
  },
  {
    name: "with their whole namespace",
    of: [CONFIGS, VMS],
    run: deleteNamespace,
    end: END.namespaceGone,
  },
  {
    name: "with their namespace while it was down",
    of: [CONFIGS],
    isDown: true,
    run: deleteNamespace,
    end: END.namespaceGone,
  },
  {
    name: "while their pool is paused",
    of: [CONFIGS],
    async run(world, deleteAll) {
      await setPaused(world, IPPOOLS, "ippool-1");
      await deleteAll();
    },
    end: END.poolToDelete,
  },
  {
    name: "while they are paused",
    of: [CONFIGS],
    async run(world, deleteAll) {
      for (const n of NUMBERS) await setPaused(world, CONFIGS.type, `vm-${n}`);
      await deleteAll();
    },
    end: END.noneUsed,
  },
  {
    name: "while their pool and some of their configs are paused",
    of: [VMS],
    async run(world, deleteAll) {
      await setPaused(world, CONFIGS.type, "vm-2");
      await setPaused(world, IPPOOLS, "ippool-1");
      await deleteAll();
    },
    end: END.noneUsed,
  },
  {
    name: "after their pool was taken away by force",
    of: [CONFIGS],
    async run(world, deleteAll) {
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: [] } });
      await world.delete(IPPOOLS, "ippool-1");
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: [] } }).catch((error) => {
        if (!isStatus(error, 404)) throw error;
      });
      await world.untilGone(IPPOOLS, "ippool-1");
      await deleteAll();
    },
    end: END.poolGone,
  },
  {
    name: "that were deleted while it was down, in spite of a pool that nobody can read",
    of: [CONFIGS],
    isDown: true,
    async run(world, deleteAll) {
      await deleteAll();
      await world.patch(IPPOOLS, "ippool-1", { spec: { ipv4Config: { ntp: ["not a name!"] } } })
        .catch((error) => {
          if (!isStatus(error, 422)) throw error;
        });
    },
    end: END.noneUsed,
  },
];
