/**
 * Two controllers that deploy agents are killed again and again while pools come and go: in the end each
 * pool that is there has its agents, and nothing is left of the others.
 */

import assert from "node:assert/strict";
import { keyOf, type KubeObject } from "../../lib/api/meta.ts";
import {
  DEPLOYMENTS,
  IPPOOLS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
} from "../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../lib/kube/contract.ts";
import { AGENT_SELECTOR, poolOfAgent } from "../../lib/reconcile/agent_deployment/agent_names.ts";
import { ippoolSample } from "../support/apiserver/samples.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeNetworkOnNodes } from "../support/controller/deployed_agents.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { mulberry32 } from "../support/harness/seeded_random.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { ControllerReplicas } from "./controller_replicas.ts";

const POOLS = 30;
const KILLS = 15;
const ROUND_MS_MAX = 1200;
const TYPES = [
  ...[DEPLOYMENTS, POD_DISRUPTION_BUDGETS, SERVICE_ACCOUNTS, ROLES, ROLE_BINDINGS],
];

function poolOf(number: number, namespace: string): KubeObject {
  return ippoolSample({
    metadata: { name: `pool-${number}` },
    spec: { networkName: `${namespace}/net-${number}` },
  });
}

/** Makes pools and deletes them, so that some are there at each moment, until the signal aborts. */
async function changePools(
  world: ControllerWorld,
  random: () => number,
  signal: AbortSignal,
): Promise<number> {
  let changes = 0;
  while (!signal.aborted) {
    const number = Math.floor(random() * POOLS);
    try {
      if (random() < 0.5) await world.create(IPPOOLS, poolOf(number, world.namespace));
      else await world.delete(IPPOOLS, `pool-${number}`);
      changes++;
    } catch (error) {
      if (!isStatus(error, 404, 409)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, random() * 60));
  }
  return changes;
}

/** By kind, the pools that its objects are for. */
async function ownersOf(client: KubeClient): Promise<readonly (readonly string[])[]> {
  const lists = await Promise.all(
    TYPES.map((type) => client.list(type, { labelSelector: AGENT_SELECTOR })),
  );
  return lists.map(({ items }) => items.map(({ metadata }) => poolOfAgent(metadata) ?? "").sort());
}

/** Waits until each pool has its agents, and no agents are without a pool. */
async function untilMatching({ client }: ControllerWorld, explain: () => string): Promise<number> {
  let last: unknown;
  return await waitUntil(async () => {
    const { items } = await client.list(IPPOOLS);
    const pools = items.map(keyOf).sort();
    const isGoing = items.some(({ metadata }) => metadata.deletionTimestamp !== undefined);
    last = { pools, owners: await ownersOf(client) };
    const { owners } = last as { owners: readonly (readonly string[])[] };
    const isMatching = owners.every((each) => each.join() === pools.join());
    return isMatching && !isGoing ? pools.length : undefined;
  }, {
    what: "agents of each pool, and of no other",
    limitMs: 90_000,
    explain: () => `${JSON.stringify(last, undefined, 1)}\n${explain()}`,
  });
}

await integrationTest({
  name:
    `nothing is left over and nothing is missing when controllers are killed ${KILLS} times while ` +
    `${POOLS} pools come and go`,
  needs: ["kube"],
  run: async () => {
    const seed = Number(Deno.env.get("VM_DHCP_SEED") ?? Date.now() % 2 ** 31);
    console.log(`seed ${seed}`);
    const random = mulberry32(seed);
    await using cleanUp = new AsyncDisposableStack();
    const { access } = cleanUp.use(await ControlPlane.start());
    const namespace = await makeNamespace(access, "kills");
    const agents = await makeNamespace(access, "agents");
    const world = cleanUp.use(new ControllerWorld(clusterAccessOf(access), namespace));
    for (let number = 0; number < POOLS; number++) {
      await makeNetworkOnNodes(world, `net-${number}`);
    }
    const flags = ["--image=vm-dhcp:1", `--namespace=${agents}`];
    const replicas = cleanUp.use(
      new ControllerReplicas(world.client, access.kubeconfig, 2, flags),
    );
    const explain = () => replicas.lastWords();
    const stop = new AbortController();
    const changed = changePools(world, mulberry32(seed + 1), stop.signal);
    for (let kill = 0; kill < KILLS; kill++) {
      const leader = await replicas.leader();
      await new Promise((resolve) => setTimeout(resolve, random() * ROUND_MS_MAX));
      await replicas.kill(random() < 0.2 ? [...replicas.all] : [leader]);
      if (random() < 0.9) await replicas.clearLease();
    }
    stop.abort();
    const changes = await changed;
    const pools = await untilMatching(world, explain);
    console.log(JSON.stringify({ changes, pools, lost: replicas.lost }));
    assert.ok(changes > KILLS);
    const { items } = await world.client.list(IPPOOLS);
    for (const { metadata: { name } } of items) await world.delete(IPPOOLS, name);
    assert.equal(await untilMatching(world, explain), 0);
    const secrets = await world.client.list(SECRETS, { labelSelector: AGENT_SELECTOR });
    assert.deepEqual(secrets.items, []);
  },
});
