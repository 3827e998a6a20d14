/** Controllers as processes on a real control plane: started as users start them, and replaced. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import {
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../lib/api/resources.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import {
  macOf,
  makePool,
  makeVm,
  untilAddresses,
  untilCondition,
  untilUsed,
} from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import type { ControllerProcess } from "../support/process/controller_process.ts";
import { LineLog } from "../support/process/line_log.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { ControllerReplicas } from "./controller_replicas.ts";

const VMS = 300;
const REPLACEMENTS = 3;
const LARGE_POOL = {
  ipv4Config: { cidr: "10.48.0.0/16", serverIP: "10.48.0.2", router: "10.48.0.1" },
  pool: { start: "10.48.1.0", end: "10.48.255.254", exclude: undefined },
};

/** A control plane for processes, which reconcile all of its namespaces. */
async function withWorld(use: (world: ControllerWorld, kubeconfig: string) => Promise<void>) {
  await using plane = await ControlPlane.start();
  const namespace = await makeNamespace(plane.access, "replaced");
  await using world = new ControllerWorld(clusterAccessOf(plane.access), namespace);
  await use(world, plane.access.kubeconfig);
}

/** The version of each object that a controller writes, by kind and name. */
async function versionsOf({ client, namespace }: ControllerWorld): Promise<readonly string[]> {
  const kinds = [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS, NETWORK_ATTACHMENT_DEFINITIONS];
  const lists = await Promise.all(kinds.map((type) => client.list(type, { namespace })));
  return lists.flatMap(({ items }) => items).map(versionOf).sort();
}

function versionOf({ kind, metadata: { name, resourceVersion } }: KubeObject): string {
  return `${kind} ${name} ${resourceVersion}`;
}

/** Waits until a controller has nothing left to do. */
async function untilIdle(metrics: () => Promise<string>): Promise<void> {
  await waitUntil(async () => {
    const lines = (await metrics()).split("\n");
    const values = (name: string) =>
      lines.filter((line) => line.startsWith(`${name}{`)).map((line) => Number(line.split(" ")[1]));
    const added = values("workqueue_adds_total").reduce((sum, value) => sum + value, 0);
    const waiting = [
      ...values("workqueue_depth"),
      ...values("workqueue_unfinished_work_seconds"),
    ];
    return added > VMS && waiting.every((value) => value === 0) || undefined;
  }, { what: "the controller to be idle", limitMs: 60_000 });
}

async function untilStandby(replica: ControllerProcess): Promise<void> {
  await waitUntil(async () => {
    try {
      return (await replica.get("/readyz")).includes("standing by") || undefined;
    } catch {
      return undefined; // It does not listen yet.
    }
  }, { what: "a standby", explain: () => replica.log.tail() });
}

await integrationTest({
  name: `leaders that replace each other write nothing, and a standby reads nothing`,
  needs: ["kube"],
  run: () =>
    withWorld(async (world, kubeconfig) => {
      await using replicas = new ControllerReplicas(world.client, kubeconfig, 2);
      await makePool(world, LARGE_POOL);
      const numbers = Array.from({ length: VMS }, (_, index) => index + 1);
      await Promise.all(numbers.map((n) => makeVm(world, `vm-${n}`, [{ macAddress: macOf(n) }])));
      const first = await replicas.leader();
      await untilUsed(world, VMS);
      // What waits for its turn is in no queue.
      for (const n of numbers) await untilCondition(world, `vm-${n}`, "Allocated True");
      await untilIdle(() => first.get("/metrics"));
      const before = await versionsOf(world);
      for (let time = 1; time <= REPLACEMENTS; time++) {
        const leader = await replicas.leader();
        for (const standby of replicas.all.filter((replica) => replica !== leader)) {
          await untilStandby(standby);
          const metrics = await standby.get("/metrics");
          assert.doesNotMatch(metrics, /^reflector_(lists|watches)_total\{.*\} [1-9]/m);
        }
        leader.signal("SIGTERM");
        assert.equal((await leader.ended()).code, 0, leader.log.tail());
        const next = await replicas.leader();
        assert.notEqual(next, leader);
        await untilIdle(() => next.get("/metrics"));
      }
      assert.deepEqual(await versionsOf(world), before);
    }),
});

await integrationTest({
  name: "a controller runs with the command line of the Go program",
  needs: ["kube", "executable"],
  run: () =>
    withWorld(async (world, kubeconfig) => {
      await world.client.create(NAMESPACES, {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: "harvester-system" },
      });
      const child = new Deno.Command(PROGRAMS.executable[0], {
        args: [
          "controller",
          "--name=test-controller",
          "--namespace=harvester-system",
          "--image=rancher/harvester-vm-dhcp-controller:main-head",
        ],
        env: { KUBECONFIG: kubeconfig },
        stdin: "null",
        stdout: "piped",
        stderr: "piped",
      }).spawn();
      let hasEnded = false;
      child.status.then(() => hasEnded = true);
      const log = new LineLog();
      log.follow(child.stdout);
      log.follow(child.stderr);
      try {
        await makePool(world);
        await makeVm(world, "test-vm", [{ macAddress: "fa:cf:8e:50:82:fc" }]);
        await untilAddresses(world, "test-vm", "192.168.48.82");
        child.kill("SIGTERM");
        assert.equal((await child.status).code, 0, log.tail());
      } catch (error) {
        throw new Error(log.tail(), { cause: error });
      } finally {
        if (!hasEnded) child.kill("SIGKILL");
        await child.status;
        await log.ended();
      }
    }),
});
