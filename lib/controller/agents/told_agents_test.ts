import assert from "node:assert/strict";
import {
  agentWorld,
  ownPod,
  POOL,
  readPod,
  SETTINGS,
} from "../../../tests/support/controller/agent_worlds.ts";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { formatNamespacedName, keyOf } from "../../api/meta.ts";
import type { KubeClient } from "../../kube/contract.ts";
import { IPPOOL_KIND, NETWORK_KIND } from "../../reconcile/kinds.ts";
import { IPPOOL_FINALIZER } from "../../reconcile/names.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import type { StoredAgents } from "./agent_objects.ts";
import { DeployedAgents } from "./deployed_agents.ts";
import { PodWarnings } from "./pod_warnings.ts";

const SIGNAL = new AbortController().signal;
const KEY = formatNamespacedName(POOL);
const PAUSED = agentWorld({
  pool: { metadata: { uid: "p", finalizers: [IPPOOL_FINALIZER] }, spec: { paused: true } },
});

/** Pods of a paused pool, for which nothing has to be written any more. */
function setUp(names: readonly string[]) {
  const pods = new Map(names.map((name) => [name, readPod(ownPod(name))]));
  const stored = { of: () => PAUSED.stored, podsOf: () => [...pods.values()], refusal: undefined };
  const ippools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  ippools.put(PAUSED.ippool!.object);
  const told: string[] = [];
  const agents = new DeployedAgents({
    stored: stored as unknown as StoredAgents,
    views: new PoolViews(new FreshCache(ippools, IPPOOL_KIND.parse)),
    networks: new FreshCache(new FakeInformer(NETWORK_KIND.parse), NETWORK_KIND.parse),
    warnings: new PodWarnings({ list: () => assert.fail() } as Pick<KubeClient, "list">, ""),
    settings: { ...SETTINGS, image: undefined },
    unreadyOf: () => undefined,
    onStatusChange: (key) => told.push(key),
    clock: new FakeClock(),
    log: new RecordingLogger(),
  });
  return { agents, pods, told };
}

Deno.test("DeployedAgents tells of the last pod that goes, whenever the controller of pools has looked before", async () => {
  assert.equal(keyOf(PAUSED.ippool!.object), KEY);
  const names = ["a", "b"];
  const metadata = { deletionTimestamp: "2026-01-01T00:00:00Z" };
  const moments = 2 * names.length;
  // Each bit stands for a look of one of the two controllers after one of the changes.
  for (let looks = 0; looks < 1 << 2 * moments; looks++) {
    const { agents, pods, told } = setUp(names);
    let seen = agents.observe(KEY).podRef;
    assert.ok(seen);
    const changes = names.flatMap((name) => [
      () => pods.set(name, readPod(ownPod(name, { metadata }))),
      () => pods.delete(name),
    ]);
    for (const [moment, change] of changes.entries()) {
      change();
      if (looks >> moment & 1) seen = agents.observe(KEY).podRef;
      if (looks >> (moment + moments) & 1) await agents.reconcile(KEY, SIGNAL);
    }
    // The last change is the last reason to reconcile, and what is told the last reason to look.
    await agents.reconcile(KEY, SIGNAL);
    if (told.length > 0) seen = agents.observe(KEY).podRef;
    assert.equal(seen, null, looks.toString(2));
  }
});
