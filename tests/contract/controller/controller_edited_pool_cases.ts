/** How a controller treats pools that others edit, and the networks that pools serve. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import {
  addressesOf,
  conditionMessageOf,
  conditionOf,
  ipv4Of,
  macOf,
  makeNetwork,
  makePool,
  makeReadyPool,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import type { ControllerWorld } from "../../support/controller/controller_world.ts";
import type { ControllerCase } from "./controller_cases.ts";

const NAME_LABEL = "network.harvesterhci.io/ippool-name";

function untilPool(
  world: ControllerWorld,
  name: string,
  [what, holds]: readonly [string, (pool: KubeObject) => boolean],
): Promise<KubeObject> {
  return world.until(IPPOOLS, name, { what: `${name} to be ${what}`, holds });
}

function untilLabelled(world: ControllerWorld, pool: string | undefined): Promise<KubeObject> {
  return world.until(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", {
    what: `the network to be labelled ${pool}`,
    holds: ({ metadata }) => metadata.labels?.[NAME_LABEL] === pool,
  });
}

async function shareNetwork(world: ControllerWorld): Promise<void> {
  await world.start();
  await makePool(world);
  await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
  await untilAddresses(world, "vm-1", "192.168.48.82");
  await world.create(
    IPPOOLS,
    ippoolSample({
      metadata: { name: "ippool-2" },
      spec: { networkName: "net-48" },
      pool: { start: "192.168.48.100", end: "192.168.48.109", exclude: undefined },
    }),
  );
  const second = await untilPool(world, "ippool-2", [
    "refused",
    (pool) => conditionOf(pool, "Registered") === "False NetworkServedByOtherPool",
  ]);
  // Times have whole seconds.
  const why = /ippool \S+\/ippool-1, which is (older|of the same age and comes first by its name)/;
  assert.match(conditionMessageOf(second, "Registered"), why);
  await untilLabelled(world, "ippool-1");
  await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
  await untilAddresses(world, "vm-2", "192.168.48.83");
  for (const name of ["vm-1", "vm-2"]) {
    await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, name);
  }
  await world.delete(IPPOOLS, "ippool-1");
  await world.untilGone(IPPOOLS, "ippool-1");
  await untilLabelled(world, "ippool-2");
  await makeVm(world, "vm-3", [{ macAddress: macOf(3) }]);
  await untilAddresses(world, "vm-3", "192.168.48.100");
}

async function editNetworkBesideOthers(world: ControllerWorld): Promise<void> {
  await world.start();
  await makePool(world);
  await untilLabelled(world, "ippool-1");
  for (const label of [null, "ippool-of-someone-else"]) {
    await world.patch(NETWORK_ATTACHMENT_DEFINITIONS, "net-48", {
      metadata: { labels: { [NAME_LABEL]: label, "example.com/vlan": "48" } },
      spec: { config: '{"vlan":48}' },
    });
    const { metadata, spec } = await untilLabelled(world, "ippool-1");
    assert.equal(metadata.labels?.["example.com/vlan"], "48");
    assert.deepEqual(spec, { config: '{"vlan":48}' });
  }
}

async function reportBadEntries(world: ControllerWorld): Promise<void> {
  const first = await world.start();
  await makePool(world);
  await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
  await untilAddresses(world, "vm-1", "192.168.48.82");
  await first.stop();
  const allocated = {
    "10.9.9.9": macOf(99),
    "192.168.48.84": "not a MAC",
    "not an address": macOf(98),
    "192.168.48.85": macOf(1),
  };
  await world.client.mergePatch(IPPOOLS, world.nameOf("ippool-1"), {
    status: { ipv4: { allocated } },
  }, { subresource: "status" });
  await world.start();
  const pool = await untilPool(world, "ippool-1", [
    "reported",
    (pool) => conditionMessageOf(pool, "CacheReady").includes("not an address"),
  ]);
  assert.equal(conditionOf(pool, "CacheReady"), "True");
  await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
  const vm = await untilCondition(world, "vm-2", "Allocated True");
  assert.ok(!["192.168.48.82", "192.168.48.84"].includes(addressesOf(vm)), addressesOf(vm));
  assert.equal(
    addressesOf(await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1")),
    "192.168.48.82",
  );
}

export const EDITED_POOL_CASES: readonly ControllerCase[] = [
  {
    need: "one pool for each network",
    name: "serves a network from the older of two pools, and from the other when that is gone",
    run: shareNetwork,
  },
  {
    need: "labels of networks",
    name: "puts the labels of a network right and leaves everything else that others write there",
    run: editNetworkBesideOthers,
  },
  {
    need: "networks that go",
    name: "serves VMs of a network that is gone, and labels it when it comes back",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      const pool = await untilPool(world, "ippool-1", [
        "without its network",
        (pool) => conditionOf(pool, "Registered") === "False NetworkNotFound",
      ]);
      assert.equal(ipv4Of(pool).allocated?.["192.168.48.82"], macOf(1));
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilAddresses(world, "vm-2", "192.168.48.83");
      await makeNetwork(world);
      await untilLabelled(world, "ippool-1");
      await untilPool(world, "ippool-1", [
        "registered",
        (pool) => conditionOf(pool, "Registered") === "True",
      ]);
    },
  },
  {
    need: "networks without a namespace",
    name: "takes a network without a namespace for one of the object's own",
    async run(world) {
      await world.start();
      await makePool(world, { spec: { networkName: "net-48" } });
      await makeVm(world, "vm-1", [
        { macAddress: macOf(1), networkName: `${world.namespace}/net-48` },
        { macAddress: macOf(2), networkName: "net-48" },
      ]);
      await untilAddresses(world, "vm-1", "192.168.48.82 192.168.48.83");
      await untilLabelled(world, "ippool-1");
    },
  },
  {
    need: "edits that would take a binding away",
    name: "leaves a VM its address when the router or an exclusion comes to lie on it",
    async run(world) {
      const first = await world.start();
      await makePool(world, {
        pool: { exclude: undefined },
        ipv4Config: { router: undefined },
      });
      for (const n of [1, 2]) {
        await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
        await untilAddresses(world, `vm-${n}`, `192.168.48.8${n}`);
      }
      await world.patch(IPPOOLS, "ippool-1", {
        spec: {
          ipv4Config: { router: "192.168.48.81", pool: { exclude: ["192.168.48.82"] } },
        },
      });
      await makeVm(world, "vm-3", [{ macAddress: macOf(3) }]);
      await untilAddresses(world, "vm-3", "192.168.48.83");
      await first.stop();
      await world.start();
      await makeVm(world, "vm-4", [{ macAddress: macOf(4) }]);
      await untilAddresses(world, "vm-4", "192.168.48.84");
      const pool = await untilUsed(world, 4);
      assert.equal(ipv4Of(pool).allocated?.["192.168.48.81"], macOf(1));
      assert.equal(ipv4Of(pool).allocated?.["192.168.48.82"], macOf(2));
      for (const address of ["192.168.48.81", "192.168.48.82"]) {
        const said = JSON.stringify((pool.status as { conditions: unknown }).conditions);
        assert.ok(said.includes(address), said);
      }
    },
  },
  {
    need: "bad entries of a record",
    name: "reports what it cannot use of a record, and serves everybody else",
    run: reportBadEntries,
  },
  {
    need: "pauses without noise",
    name: "calls a paused pool registered and ready all the same",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
      const pool = await untilPool(world, "ippool-1", [
        "stopped",
        (pool) => conditionOf(pool, "Stopped") === "True",
      ]);
      assert.equal(conditionOf(pool, "Registered"), "True");
      assert.equal(conditionOf(pool, "CacheReady"), "True");
      assert.equal(ipv4Of(pool).used, 1);
      const vm = await world.get(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      assert.equal(conditionOf(vm, "Allocated"), "True");
      assert.equal(addressesOf(vm), "192.168.48.82");
    },
  },
  {
    need: "large ranges",
    name: "hands out addresses of a range of 33,000,000 as of any other",
    async run(world) {
      await world.start();
      await makePool(world, {
        ipv4Config: { cidr: "10.0.0.0/7", serverIP: "10.0.0.2", router: "10.0.0.1" },
        pool: { start: "10.0.0.1", end: "11.255.255.254", exclude: ["10.0.0.3", "11.255.255.254"] },
      });
      await makeVm(world, "vm-1", [
        { macAddress: macOf(1) },
        { macAddress: macOf(2), ipAddress: "11.255.255.253" },
      ]);
      await untilAddresses(world, "vm-1", "10.0.0.4 11.255.255.253");
      await untilUsed(world, 2);
    },
  },
  {
    need: "the same after a restart",
    name: "writes nothing after a restart",
    async run(world) {
      const first = await world.start();
      await makeReadyPool(world);
      for (const n of [1, 2, 3]) await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
      for (const n of [1, 2, 3]) await untilCondition(world, `vm-${n}`, "Allocated True");
      await makeVm(world, "vm-4", [{ macAddress: macOf(4), networkName: "without-a-pool" }]);
      await untilCondition(world, "vm-4", "Allocated False NoIPPool");
      await first.stop();
      const second = await world.start();
      // Behind the keys of the start in the same queues.
      await makeVm(world, "vm-5", [{ macAddress: macOf(5) }]);
      await untilCondition(world, "vm-5", "Allocated True");
      assert.deepEqual([...second.writes].sort(), [
        "mergePatch virtualmachinenetworkconfigs",
        "replace ippools",
        "replace virtualmachinenetworkconfigs",
      ]);
    },
  },
];
