/** Pools that come and go with their VM networks. */

import assert from "node:assert/strict";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { ControllerCase } from "./controller_cases.ts";
import {
  conditionOf,
  ipv4Of,
  macOf,
  makeNetwork,
  makeReadyPool,
  makeVm,
  untilAddresses,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";

const AUTO_IPPOOL = "network.harvesterhci.io/auto-ippool";
const ROUTE = "network.harvesterhci.io/route";

/** Sets annotations of `net-48`; `null` takes one away. */
async function annotate(
  world: ControllerWorld,
  annotations: Readonly<Record<string, string | null>>,
): Promise<void> {
  await world.patch(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", { metadata: { annotations } });
}

/** Asks for a pool of `net-48`, with a route. */
async function ask(world: ControllerWorld, cidr: string, gateway: string): Promise<void> {
  const route = JSON.stringify({ mode: "manual", cidr, gateway, connectivity: "true" });
  await annotate(world, { [AUTO_IPPOOL]: "true", [ROUTE]: route });
}

function untilPool(world: ControllerWorld, cidr: string) {
  return world.until(IPPOOLS, "net-48", {
    what: `a pool of ${cidr} to be ready`,
    holds: (pool) =>
      JSON.stringify(pool.spec).includes(`"${cidr}"`) && conditionOf(pool, "Ready") === "True",
  });
}

export const NETWORK_CASES: readonly ControllerCase[] = [
  {
    need: "pools made along with networks",
    name: "makes a pool along with a network, and removes it after the network and its last VM",
    async run(world) {
      const controller = await world.start();
      await makeNetwork(world);
      await ask(world, "192.168.48.0/24", "192.168.48.1");
      const pool = await untilPool(world, "192.168.48.0/24");
      assert.equal(ipv4Of(pool).available, 252);
      await untilEvent(controller, "AutoIPPoolCreated");
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.3");
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.until(IPPOOLS, "net-48", {
        what: "the pool to miss its network",
        holds: (object) => conditionOf(object, "Registered") === "False NetworkNotFound",
      });
      await untilAddresses(world, "vm-1", "192.168.48.3");
      assert.equal((await world.get(IPPOOLS, "net-48")).metadata.deletionTimestamp, undefined);
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await world.untilGone(IPPOOLS, "net-48");
      await untilEvent(controller, "AutoIPPoolRemoved");
    },
  },
  {
    name: "makes an unused pool anew when the route of its network changes, and leaves a used one",
    async run(world) {
      const controller = await world.start();
      await makeNetwork(world);
      await ask(world, "192.168.48.0/24", "192.168.48.1");
      await untilPool(world, "192.168.48.0/24");
      await ask(world, "10.0.0.0/24", "10.0.0.1");
      await untilPool(world, "10.0.0.0/24");
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "10.0.0.3");
      await ask(world, "192.168.48.0/24", "192.168.48.1");
      await untilEvent(controller, "AutoIPPoolOutdated", "the route has cidr 192.168.48.0/24");
      await world.until(IPPOOLS, "net-48", {
        what: "the pool to say that it does not follow the route",
        holds: (pool) => conditionOf(pool, "RouteFollowed") === "False RouteChanged",
      });
      await untilAddresses(world, "vm-1", "10.0.0.3");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await untilPool(world, "192.168.48.0/24");
    },
  },
  {
    name: "keeps what users write into a pool that was made along with its network",
    async run(world) {
      await world.start();
      await makeNetwork(world);
      await ask(world, "192.168.48.0/24", "");
      await untilPool(world, "192.168.48.0/24");
      const ipv4Config = { dns: ["1.1.1.1"], leaseTime: 60, pool: { exclude: ["192.168.48.9"] } };
      await world.patch(IPPOOLS, "net-48", { spec: { ipv4Config } });
      await ask(world, "192.168.48.0/24", "192.168.48.254");
      await world.until(IPPOOLS, "net-48", {
        what: "the pool to have the gateway, and what was written into it",
        holds: ({ spec }) =>
          ['"router":"192.168.48.254"', "1.1.1.1", '"leaseTime":60', "192.168.48.9"]
            .every((part) => JSON.stringify(spec).includes(part)),
      });
    },
  },
  {
    need: "pools made along with networks",
    name: "makes no pool for a network that has one, and none from a route that it cannot read",
    async run(world) {
      const controller = await world.start();
      // It sees networks and pools in any order.
      await makeReadyPool(world);
      await ask(world, "192.168.48.0/24", "192.168.48.1");
      await annotate(world, { [ROUTE]: "{" });
      const { regarding } = await untilEvent(
        controller,
        "AutoIPPoolRefused",
        'must be JSON, not "{"',
      );
      assert.equal(regarding.kind, "NetworkAttachmentDefinition");
      const { items } = await world.client.list(IPPOOLS, { namespace: world.namespace });
      assert.deepEqual(items.map(({ metadata }) => metadata.name), ["ippool-1"]);
    },
  },
  {
    name: "writes nothing when it finds a pool that was made along with its network",
    async run(world) {
      const first = await world.start();
      await makeNetwork(world);
      await ask(world, "192.168.48.0/24", "192.168.48.1");
      await untilPool(world, "192.168.48.0/24");
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.3");
      await first.stop();
      const second = await world.start();
      // What comes after it is done with everything that was there.
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-2", "192.168.48.4");
      const pools = second.writes.filter((write) => write.endsWith(" ippools"));
      assert.deepEqual(pools, ["replace ippools"]);
    },
  },
];
