/**
 * Two controllers on a real control plane are killed again and again while VMs come, change and go:
 * every version of every object keeps the rules, and in the end everything is as it should be.
 */

import assert from "node:assert/strict";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane } from "../support/cluster/control_plane.ts";
import { ControllerWorld } from "../support/controller/controller_world.ts";
import { makeTrafficPools } from "../support/traffic/traffic_pools.ts";
import { untilSettled } from "../support/traffic/settled_world.ts";
import { WorldHistory } from "../support/traffic/world_history.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { mulberry32 } from "../support/harness/seeded_random.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { ControllerReplicas } from "./controller_replicas.ts";
import { BY_CONFIGS, BY_VIRTUAL_MACHINES, type VmKind } from "../support/traffic/vm_kinds.ts";
import { VmTraffic } from "../support/traffic/vm_traffic.ts";

const VMS = 500;
const ROUND_MS_MAX = 1500;
const COMMIT_MS_MAX = 60_000;
const SETTLE_MS_MAX = 120_000;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Kills the leader mostly, sometimes the other one, sometimes both. The next leader seldom waits for
 * the end of the lease, so that it meets what the last one has just sent.
 */
async function killSome(
  replicas: ControllerReplicas,
  history: WorldHistory,
  random: () => number,
): Promise<string> {
  const leader = await replicas.leader();
  const { commits } = history;
  await waitUntil(() => history.commits > commits || undefined, {
    what: "a commit of the leader",
    limitMs: COMMIT_MS_MAX,
    explain: () => replicas.lastWords(),
  });
  await pause(random() * ROUND_MS_MAX);
  const [draw, patience] = [random(), random()];
  if (draw < 0.15) {
    await replicas.kill(replicas.all.filter((replica) => replica !== leader));
    return "standby";
  }
  await replicas.kill(draw < 0.3 ? [...replicas.all] : [leader]);
  if (patience < 0.95) await replicas.clearLease();
  return draw < 0.3 ? "both" : "leader";
}

/** What is made, and by what number of kills the controllers are tried. */
const COURSES: readonly {
  readonly what: string;
  readonly kind: VmKind;
  readonly rounds: number;
}[] = [
  { what: "VirtualMachineNetworkConfigs", kind: BY_CONFIGS, rounds: 15 },
  { what: "VirtualMachines", kind: BY_VIRTUAL_MACHINES, rounds: 50 },
];

async function runCourse(kind: VmKind, rounds: number): Promise<void> {
  const seed = Number(Deno.env.get("VM_DHCP_SEED") ?? Date.now() % 2 ** 31);
  console.log(`seed ${seed}`);
  const random = mulberry32(seed);
  await using cleanUp = new AsyncDisposableStack();
  const { access } = cleanUp.use(await ControlPlane.start());
  const namespace = await makeNamespace(access, "kills");
  const world = cleanUp.use(new ControllerWorld(clusterAccessOf(access), namespace));
  const replicas = cleanUp.use(new ControllerReplicas(world.client, access.kubeconfig, 2));
  const history = cleanUp.use(new WorldHistory(world.client, namespace));
  await makeTrafficPools(world);
  const traffic = new VmTraffic(kind, world, mulberry32(seed + 1), VMS);
  await traffic.fill();
  const stop = new AbortController();
  const ended = traffic.run(stop.signal);
  const killed: Record<string, number> = {};
  for (let round = 1; round <= rounds; round++) {
    const victim = await killSome(replicas, history, random);
    killed[victim] = (killed[victim] ?? 0) + 1;
  }
  stop.abort();
  await ended;
  const explain = () => replicas.lastWords();
  await untilSettled(world, { wishes: traffic.wishes, limitMs: SETTLE_MS_MAX, explain });
  const { lost } = replicas;
  console.log(JSON.stringify({ killed, lost, traffic: traffic.tally, versions: history.length }));
  const breaches = await history.breaches();
  for (const breach of breaches.slice(0, 3)) {
    console.log([breach, ...history.storyOf(breach)].join("\n"));
  }
  assert.deepEqual(breaches, []);
}

for (const { what, kind, rounds } of COURSES) {
  await integrationTest({
    name:
      `no address is leaked, doubled or lost while two controllers are killed ${rounds} times ` +
      `and ${VMS} ${what} come and go`,
    needs: ["kube"],
    run: () => runCourse(kind, rounds),
  });
}
