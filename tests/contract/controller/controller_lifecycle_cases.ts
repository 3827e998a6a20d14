/** How a controller carries objects through pauses, deletions, restarts and conflicts. */

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
  makePool,
  makeReadyPool,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import {
  type ControllerWorld,
  type RunningController,
  untilEvent,
} from "../../support/controller/controller_world.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const LARGE_POOL = {
  ipv4Config: { cidr: "10.48.0.0/16", serverIP: "10.48.0.2", router: "10.48.0.1" },
  pool: { start: "10.48.1.0", end: "10.48.255.254", exclude: undefined },
};

/** Waits until no series of the name is left: the controller drops them after its last write. */
async function untilNoSeries({ registry }: RunningController, prefix: string): Promise<void> {
  await waitUntil(
    () => ![...registry.values.keys()].some((name) => name.startsWith(prefix)) || undefined,
    { what: `the series ${prefix} to go` },
  );
}

async function makeVms(world: ControllerWorld, count: number): Promise<void> {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  await Promise.all(numbers.map((n) => makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }])));
}

export const LIFECYCLE_CASES: readonly ControllerCase[] = [
  {
    need: "pauses without noise",
    name: "frees the addresses of a paused VM and serves it again afterwards",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", { spec: { paused: true } });
      await untilCondition(world, "vm-1", "Disabled True");
      await untilUsed(world, 0);
      await world.patch(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1", { spec: { paused: false } });
      await untilAddresses(world, "vm-1", "192.168.48.82");
    },
  },
  {
    need: "pauses without noise",
    name: "keeps the record of a paused pool, where it frees addresses but hands out none",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilUsed(world, 2);
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: true } });
      await world.until(IPPOOLS, "ippool-1", {
        what: "the pool to be stopped",
        holds: (pool) => conditionOf(pool, "Stopped") === "True",
      });
      await makeVm(world, "vm-3", [{ macAddress: macOf(3) }]);
      await untilCondition(world, "vm-3", "Allocated False PoolPaused");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-2");
      await untilUsed(world, 1);
      await world.patch(IPPOOLS, "ippool-1", { spec: { paused: false } });
      await untilCondition(world, "vm-3", "Allocated True");
    },
  },
  {
    need: "every order of deletions",
    name: "keeps a deleted pool until its last VM is gone, and unlabels its network",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await world.delete(IPPOOLS, "ippool-1");
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilCondition(world, "vm-2", "Allocated False PoolNotReady");
      assert.equal(ipv4Of(await world.get(IPPOOLS, "ippool-1")).used, 1);
      await untilEvent(
        controller,
        "IPPoolInUse",
        `VirtualMachineNetworkConfig(s) ${world.namespace}/vm-1`,
      );
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await world.untilGone(IPPOOLS, "ippool-1");
      await untilCondition(world, "vm-2", "Allocated False NoIPPool");
      const { metadata } = await world.get(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      assert.deepEqual(metadata.labels ?? {}, {});
      await untilNoSeries(controller, "vmdhcpcontroller_ippool");
    },
  },
  {
    need: "every order of deletions",
    name: "lets VMs be deleted after their pool and network",
    async run(world) {
      const controller = await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await controller.stop();
      await world.delete(NETWORK_ATTACHMENT_DEFINITIONS, "net-48");
      await world.patch(IPPOOLS, "ippool-1", { metadata: { finalizers: [] } });
      await world.delete(IPPOOLS, "ippool-1");
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
      await world.start();
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1");
    },
  },
  {
    need: "deletions while it is down",
    name: "frees after a restart what was deleted while it was down, and writes nothing else",
    async run(world) {
      const first = await world.start();
      await makeReadyPool(world, LARGE_POOL);
      await makeVms(world, 20);
      const before = ipv4Of(await untilUsed(world, 20)).allocated!;
      for (let n = 1; n <= 20; n++) await untilCondition(world, `vm-${n}`, "Allocated True");
      await first.stop();
      await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-7");
      const second = await world.start();
      const after = ipv4Of(await untilUsed(world, 19)).allocated!;
      await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-7");
      const kept = Object.entries(before).filter(([, mac]) => mac !== macOf(7));
      assert.deepEqual(after, Object.fromEntries(kept));
      assert.deepEqual([...second.writes].sort(), [
        "mergePatch virtualmachinenetworkconfigs",
        "replace ippools",
      ]);
    },
  },
  {
    need: "edits of others kept",
    name: "keeps the changes that others make to a pool while it hands out addresses",
    async run(world) {
      await world.start();
      await makePool(world, LARGE_POOL);
      const creating = makeVms(world, 40);
      for (let i = 1; i <= 20; i++) {
        await world.patch(IPPOOLS, "ippool-1", {
          metadata: { annotations: { round: String(i) } },
          spec: { ipv4Config: { dns: [`10.0.0.${i}`] } },
        });
        await world.client.mergePatch(
          IPPOOLS,
          world.nameOf("ippool-1"),
          { status: { agentPodRef: { name: `agent-${i}` } } },
          { subresource: "status" },
        );
      }
      await creating;
      const pool = await untilUsed(world, 40);
      assert.equal(pool.metadata.annotations?.round, "20");
      assert.deepEqual((pool.spec as { ipv4Config: { dns: string[] } }).ipv4Config.dns, [
        "10.0.0.20",
      ]);
      assert.deepEqual((pool.status as { agentPodRef: unknown }).agentPodRef, { name: "agent-20" });
      const macs = Object.values(ipv4Of(pool).allocated!).filter((mac) => mac.includes(":"));
      assert.equal(new Set(macs).size, 40);
    },
  },
  {
    need: "few writes",
    name: "serves 100 VMs with at most three writes each, and frees all addresses",
    async run(world) {
      const controller = await world.start();
      await makeReadyPool(world, LARGE_POOL);
      await makeVms(world, 100);
      await untilUsed(world, 100);
      for (let n = 1; n <= 100; n++) await untilCondition(world, `vm-${n}`, "Allocated True");
      assert.ok(controller.writes.length <= 3 * 100, `${controller.writes.length} writes`);
      const numbers = Array.from({ length: 100 }, (_, i) => i + 1);
      await Promise.all(
        numbers.map((n) => world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`)),
      );
      await untilUsed(world, 0);
      for (const n of numbers) await world.untilGone(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
      await untilNoSeries(controller, "vmdhcpcontroller_vmnetcfg_status");
    },
  },
];
