/** How a pool is changed under its VMs, and what it says of itself. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import {
  addressesOf,
  conditionOf,
  ipv4Of,
  macOf,
  makePool,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../../support/controller/controller_objects.ts";
import { type ControllerWorld, untilEvent } from "../../support/controller/controller_world.ts";
import type { ControllerCase } from "./controller_cases.ts";

/** What stands beside the record of a pool that the Go program has served. */
const GO_PROGRAM = {
  metadata: { finalizers: ["wrangler.cattle.io/vm-dhcp-ippool-controller"] },
  status: {
    lastUpdate: "2026-01-01T00:00:00Z",
    ipv4: { allocated: { "192.168.48.81": "EXCLUDED" }, used: 0, available: 1 },
    agentPodRef: { namespace: "harvester-system", name: "default-net-48-agent", uid: "1" },
    conditions: ["Registered", "CacheReady", "AgentReady"].map((type) => ({
      type,
      status: "True",
      lastUpdateTime: "2026-01-01T00:00:00Z",
    })),
  },
};

const TWO = { start: "192.168.48.81", end: "192.168.48.82", exclude: ["192.168.48.81"] };

async function changePool(world: ControllerWorld, ipv4Config: JsonObject): Promise<void> {
  await world.patch(IPPOOLS, "ippool-1", { spec: { ipv4Config } });
}

function messageOf(object: KubeObject, type: string): string {
  const { conditions = [] } = (object.status ?? {}) as { conditions?: JsonObject[] };
  return String(conditions.find((each) => each.type === type)?.message);
}

function assertCounts(ipv4: JsonObject): void {
  const { total, used, available, excluded, reserved } = ipv4 as Record<string, number>;
  assert.equal(total, used! + available! + excluded! + reserved!);
}

/** Whether status and conditions speak of the newest specification, as `kubectl wait` asks. */
function isCurrent({ metadata: { generation }, status }: KubeObject): boolean {
  const { observedGeneration, conditions = [] } = (status ?? {}) as {
    readonly observedGeneration?: number;
    readonly conditions?: readonly JsonObject[];
  };
  return generation === observedGeneration &&
    conditions.every((each) => each.observedGeneration === generation);
}

export const POOL_CASES: readonly ControllerCase[] = [
  {
    name: "gives the waiting VM its address when a full pool of the Go program grows",
    async run(world) {
      await makePool(world, { ...GO_PROGRAM, pool: TWO });
      await world.client.mergePatch(
        IPPOOLS,
        world.nameOf("ippool-1"),
        { status: GO_PROGRAM.status },
        { subresource: "status" },
      );
      await world.start();
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      await untilAddresses(world, "vm-1", "192.168.48.82");
      await makeVm(world, "vm-2", [{ macAddress: macOf(2) }]);
      await untilCondition(world, "vm-2", "Allocated False PoolExhausted");
      await changePool(world, {
        pool: { end: "192.168.48.84", exclude: ["192.168.48.81", "192.168.48.83"] },
      });
      await untilAddresses(world, "vm-2", "192.168.48.84");
      await untilCondition(world, "vm-2", "Allocated True");
      const grown = await untilUsed(world, 2);
      assert.deepEqual(ipv4Of(grown), {
        allocated: {
          "192.168.48.81": "EXCLUDED",
          "192.168.48.82": macOf(1),
          "192.168.48.83": "EXCLUDED",
          "192.168.48.84": macOf(2),
        },
        used: 2,
        available: 0,
        total: 4,
        excluded: 2,
        reserved: 0,
      });
      await assert.rejects(
        changePool(world, { pool: { end: "192.168.48.83" } }),
        /End is immutable, except that it may grow within the subnet/,
      );
      await changePool(world, { pool: { start: "192.168.48.80" } });
      await makeVm(world, "vm-3", [{ macAddress: macOf(3) }]);
      await untilAddresses(world, "vm-3", "192.168.48.80");
      await untilAddresses(world, "vm-1", "192.168.48.82");
    },
  },
  {
    name: "keeps a VM's address when an exclusion or a router is put over it, until the VM goes",
    async run(world) {
      const controller = await world.start();
      await makePool(world, { ipv4Config: { router: undefined } });
      for (const n of [1, 2]) await makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }]);
      const [first, second] = await Promise.all(
        [1, 2].map(async (n) =>
          addressesOf(await untilCondition(world, `vm-${n}`, "Allocated True"))
        ),
      );
      const exclude = ["192.168.48.81", "192.168.48.90", first!];
      await changePool(world, { router: second!, pool: { exclude } });
      const what = `VirtualMachineNetworkConfig ${world.namespace}/vm-1), which keeps it`;
      await untilEvent(controller, "RecordHasProblems", what);
      const pool = await world.until(IPPOOLS, "ippool-1", {
        what: "the condition to name both addresses",
        holds: (pool) =>
          [first!, second!].every((each) => messageOf(pool, "CacheReady").includes(each)),
      });
      assert.equal(ipv4Of(pool).used, 2);
      assertCounts(ipv4Of(pool));
      for (const [n, address] of [[1, first!], [2, second!]] as const) {
        await untilAddresses(world, `vm-${n}`, address);
        await world.delete(VIRTUAL_MACHINE_NETWORK_CONFIGS, `vm-${n}`);
      }
      const rest = await untilUsed(world, 0);
      assertCounts(ipv4Of(rest));
      assert.equal(ipv4Of(rest).allocated?.[first!], "EXCLUDED");
      assert.equal(ipv4Of(rest).allocated?.[second!], "RESERVED");
      assert.doesNotMatch(messageOf(rest, "CacheReady"), /which keeps it/);
    },
  },
  {
    name: "says of each object whether it is ready, and of which generation that holds",
    async run(world) {
      await world.start();
      await makePool(world);
      await makeVm(world, "vm-1", [{ macAddress: macOf(1) }]);
      const kinds = [[IPPOOLS, "ippool-1"], [VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm-1"]] as const;
      for (const ready of ["True", "False Paused", "True"]) {
        const spec = { paused: ready !== "True" };
        for (const [type, name] of kinds) await world.patch(type, name, { spec });
        for (const [type, name] of kinds) {
          await world.until(type, name, {
            what: `Ready to be ${ready}`,
            holds: (object) => isCurrent(object) && conditionOf(object, "Ready") === ready,
          });
        }
      }
    },
  },
];
