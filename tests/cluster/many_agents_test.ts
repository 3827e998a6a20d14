/** What a controller does for the agents of many pools, with pods that stand in: no more than it has to. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { IPPOOLS, PODS } from "../../lib/api/resources.ts";
import { AGENT_SELECTOR } from "../../lib/reconcile/agent_deployment/agent_names.ts";
import { cpuSecondsOf } from "../bench/packets/process_stats.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { conditionOf } from "../support/controller/controller_objects.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeNetworkOnNodes } from "../support/controller/deployed_agents.ts";
import { setPodStatus, StandInAgents } from "../support/controller/stand_in_agents.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { sumOf } from "../support/metrics/exposition.ts";
import { freePort } from "../support/network/free_port.ts";
import { ControllerProcess } from "../support/process/controller_process.ts";

const POOLS = 200;
/** Changes of pods, each of another pool. */
const CHANGES = 50;
/** In ten seconds. */
const REQUESTS_AT_REST_MAX = 30;
/** Without work for as long, a controller is quiet. */
const QUIET_MS = 3000;

/** What a controller has done so far. */
interface Work {
  readonly agents: number;
  readonly pools: number;
  readonly requests: number;
  readonly cpuSeconds: number;
}

async function workOf(controller: ControllerProcess): Promise<Work> {
  const metrics = await controller.get("/metrics");
  const addsOf = (name: string) =>
    metrics.split("\n")
      .filter((line) => line.startsWith("workqueue_adds_total{") && line.includes(`"${name}"`))
      .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
  const { user, kernel } = await cpuSecondsOf(controller.pid);
  return {
    agents: addsOf("vm-dhcp-agent-controller"),
    pools: addsOf("vm-dhcp-ippool-controller"),
    requests: sumOf(metrics, "rest_client_requests_total"),
    cpuSeconds: user + kernel,
  };
}

function difference(after: Work, before: Work): Work {
  return {
    agents: after.agents - before.agents,
    pools: after.pools - before.pools,
    requests: after.requests - before.requests,
    cpuSeconds: Math.round((after.cpuSeconds - before.cpuSeconds) * 100) / 100,
  };
}

/**
 * Waits until the controller has done some work and has nothing left to do, and gives what it has done. Events
 * follow for a while when work has ended: only some of them are sent each second.
 */
async function untilQuiet(
  controller: ControllerProcess,
  isDone: (work: Work) => boolean = () => true,
): Promise<Work> {
  let since = await workOf(controller);
  let sinceMs = performance.now();
  return await waitUntil(async () => {
    const now = await workOf(controller);
    const { agents, pools, requests } = difference(now, since);
    if (agents + pools > 0 || requests > REQUESTS_AT_REST_MAX / 3) {
      since = now;
      sinceMs = performance.now();
    }
    return isDone(now) && performance.now() - sinceMs > QUIET_MS ? now : undefined;
  }, { what: "a quiet controller", limitMs: 120_000, explain: () => controller.log.tail() });
}

async function makePools(world: ControllerWorld): Promise<void> {
  for (let number = 0; number < POOLS; number++) {
    await makeNetworkOnNodes(world, `net-${number}`);
    await world.create(
      IPPOOLS,
      ippoolSample({
        metadata: { name: `pool-${number}` },
        spec: { networkName: `${world.namespace}/net-${number}` },
      }),
    );
  }
}

async function untilAllReady(
  world: ControllerWorld,
  controller: ControllerProcess,
): Promise<void> {
  await waitUntil(async () => {
    const { items } = await world.client.list(IPPOOLS, { namespace: world.namespace });
    return items.every((pool) => conditionOf(pool, "AgentReady") === "True") || undefined;
  }, { what: "agents of all pools", limitMs: 180_000, explain: () => controller.log.tail() });
}

/** One pod of each of some pools. */
async function onePodEach(world: ControllerWorld, agents: string): Promise<readonly KubeObject[]> {
  const { items } = await world.client.list(PODS, {
    namespace: agents,
    labelSelector: AGENT_SELECTOR,
  });
  const byPool = new Map(
    items.map((pod) => [pod.metadata.labels?.["network.harvesterhci.io/ippool-name"], pod]),
  );
  return [...byPool.values()].slice(0, CHANGES);
}

await integrationTest({
  name: `a change of one pod is work for one pool of ${POOLS}, and rest is no work`,
  needs: ["kube"],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const { access } = cleanUp.use(await ControlPlane.start({ withoutControllers: true }));
    const namespace = await makeNamespace(access, "many");
    const agents = await makeNamespace(access, "agents");
    const world = cleanUp.use(new ControllerWorld(clusterAccessOf(access), namespace));
    cleanUp.use(new StandInAgents(world.client, agents));
    await makePools(world);
    const flags = ["--image=vm-dhcp:1", `--namespace=${agents}`];
    const start = () => cleanUp.use(new ControllerProcess(access.kubeconfig, freePort(), flags));
    const first = start();
    await first.leads();
    await untilAllReady(world, first);
    const made = await untilQuiet(first);
    console.log(JSON.stringify({ made }));
    for (const pod of await onePodEach(world, agents)) {
      const { conditions } = pod.status as { conditions: readonly { type: string }[] };
      await setPodStatus(world.client, pod, {
        conditions: conditions.map((each) =>
          each.type === "Ready" ? { ...each, status: "False" } : each
        ),
      });
    }
    const isEachDone = (work: Work) => {
      const { agents, pools } = difference(work, made);
      return agents >= CHANGES && pools >= CHANGES;
    };
    const changed = difference(await untilQuiet(first, isEachDone), made);
    console.log(JSON.stringify({ changed }));
    // Each time the pool names another agent, or says that one is not ready, and its record is unchanged.
    assert.ok(changed.agents <= 2 * CHANGES, `${changed.agents}`);
    assert.ok(changed.pools <= 2 * CHANGES, `${changed.pools}`);
    const before = await workOf(first);
    await new Promise((resolve) => setTimeout(resolve, 10_000));
    const idle = difference(await workOf(first), before);
    console.log(JSON.stringify({ idle }));
    assert.deepEqual([idle.agents, idle.pools], [0, 0]);
    // The Lease is renewed each two seconds, and an API server ends a watch now and then.
    assert.ok(idle.requests <= REQUESTS_AT_REST_MAX, `${idle.requests} requests at rest`);
    first.signal("SIGTERM");
    await first.ended();
    const next = start();
    await next.leads();
    const again = await untilQuiet(next, ({ agents }) => agents >= POOLS);
    console.log(JSON.stringify({ again }));
    // Nothing is written for what is as it should be, but for the Lease.
    const writes = (await next.get("/metrics")).split("\n").filter((line) =>
      /^rest_client_requests_total\{.*method="(POST|PUT|PATCH|DELETE)"/.test(line)
    ).reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
    assert.ok(writes < POOLS / 4, `${writes} writes`);
  },
});
