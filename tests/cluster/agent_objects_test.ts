/** The objects of agents on a real API server, which fills in what is not said. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { type KubeObject, namespacedNameOf } from "../../lib/api/meta.ts";
import { DEPLOYMENTS } from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { planAgents } from "../../lib/reconcile/agent_deployment/agent_plan.ts";
import type { AgentStep, AgentWorld } from "../../lib/reconcile/agent_deployment/agent_world.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { afterSteps, agentWorld } from "../support/controller/agent_worlds.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";

/** The agents of a pool in a namespace of their own. */
class Cluster implements Disposable {
  private constructor(
    readonly client: ReturnType<typeof createKubeClient>,
    public world: AgentWorld,
  ) {}

  static async reach(): Promise<Cluster> {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "agents");
    const client = createKubeClient(clusterAccessOf(access), {
      clock: createClock(),
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
      random: Math.random,
      userAgent: "test",
    });
    const world = agentWorld({ pool: { metadata: { namespace } }, settings: { namespace } });
    return new Cluster(client, world);
  }

  /** Carries out what is planned, once. @returns The steps. */
  async carryOut(): Promise<readonly AgentStep[]> {
    const { steps } = planAgents(this.world);
    const written = new Map<string, KubeObject>();
    for (const step of steps) {
      assert.ok(step.do !== "delete");
      const { type, object } = step;
      const stored = step.do === "create"
        ? await this.client.create(type, object)
        : await this.client.replace(type, object);
      written.set(type.kind, stored);
    }
    this.world = afterSteps(this.world, steps, ({ kind }) => written.get(kind)!);
    return steps;
  }

  /** Somebody edits the Deployment. */
  async edit(patch: JsonObject): Promise<void> {
    const name = namespacedNameOf(this.world.stored.deployment!);
    const deployment = await this.client.mergePatch(DEPLOYMENTS, name, patch);
    this.world = { ...this.world, stored: { ...this.world.stored, deployment } };
  }

  [Symbol.dispose](): void {
    this.client.close();
  }
}

await integrationTest({
  name: "the objects of agents are at rest as the API server stores them",
  needs: ["kube"],
  async run() {
    using cluster = await Cluster.reach();
    const steps = await cluster.carryOut();
    assert.deepEqual(steps.map((step) => `${step.do} ${step.type.kind}`), [
      "create ServiceAccount",
      "create Role",
      "create RoleBinding",
      "create PodDisruptionBudget",
      "create Deployment",
    ]);
    assert.deepEqual(planAgents(cluster.world).steps, []);
  },
});
