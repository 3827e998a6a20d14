/** The objects of agents on a real API server, which fills in what is not said. */

import assert from "node:assert/strict";
import { type KubeObject, namespacedNameOf } from "../../lib/api/meta.ts";
import { DEPLOYMENTS } from "../../lib/api/resources.ts";
import { createKubeClient } from "../../lib/kube/client/rest_client.ts";
import { planAgents } from "../../lib/reconcile/agent_deployment/agent_plan.ts";
import type {
  AgentPodTemplate,
  AgentStep,
  AgentWorld,
} from "../../lib/reconcile/agent_deployment/agent_world.ts";
import { parseAgentPodTemplate } from "../../lib/reconcile/agent_deployment/template/pod_template.ts";
import { isStatus } from "../../lib/kube/contract.ts";
import { createClock } from "../../lib/sys/host/clock.ts";
import { clusterAccessOf, makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { afterSteps, agentWorld } from "../support/controller/agent_worlds.ts";
import { ADDITIONS, type Edit, EDITS } from "../support/controller/deployment_edits.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { RecordingLogger } from "../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../support/metrics/recording_registry.ts";

/** The agents of a pool in a namespace of their own. */
class Cluster implements Disposable {
  private constructor(
    readonly client: ReturnType<typeof createKubeClient>,
    public world: AgentWorld,
  ) {}

  static async reach(template?: AgentPodTemplate): Promise<Cluster> {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "agents");
    const client = createKubeClient(clusterAccessOf(access), {
      clock: createClock(),
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
      random: Math.random,
      userAgent: "test",
    });
    const world = agentWorld({
      pool: { metadata: { namespace } },
      settings: { namespace, template },
    });
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

  /** Carries out plans until there is nothing to do. */
  async settle(): Promise<void> {
    for (let round = 0; round < 10; round++) {
      try {
        if ((await this.carryOut()).length === 0) return;
      } catch (error) {
        // The controller of Deployments has written the status.
        if (!isStatus(error, 409)) throw error;
        this.#keep(await this.#read());
      }
    }
    assert.fail(`does not come to rest: ${JSON.stringify(planAgents(this.world).steps)}`);
  }

  /** Somebody edits the Deployment, of which controllers write the status meanwhile. */
  async edit(change: Edit["edit"]): Promise<void> {
    const deployment = await this.#read();
    change(deployment);
    await this.client.replace(DEPLOYMENTS, deployment);
    this.#keep(await this.#read());
  }

  /** What was asked for, and what was added to it. */
  async spec(): Promise<unknown> {
    return (await this.#read()).spec;
  }

  #read(): Promise<KubeObject> {
    return this.client.get(DEPLOYMENTS, namespacedNameOf(this.world.stored.deployment!));
  }

  #keep(deployment: KubeObject): void {
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

await integrationTest({
  name: "the API server takes each repair of a Deployment that somebody edited",
  needs: ["kube"],
  async run() {
    using cluster = await Cluster.reach();
    await cluster.settle();
    const asked = await cluster.spec();
    for (const { name, edit } of EDITS.filter((each) => each.name !== "no agent")) {
      await cluster.edit(edit);
      await cluster.settle();
      assert.deepEqual(await cluster.spec(), asked, name);
    }
    for (const { name, edit } of ADDITIONS) {
      await cluster.edit(edit);
      const added = await cluster.spec();
      assert.deepEqual(planAgents(cluster.world).steps, [], name);
      await cluster.edit(({ spec }) => (spec.replicas = 4));
      await cluster.settle();
      assert.deepEqual(await cluster.spec(), added, name);
    }
  },
});

await integrationTest({
  name: "the API server takes what a template makes of a Deployment, and leaves it at rest",
  needs: ["kube"],
  async run() {
    const template = parseAgentPodTemplate({
      metadata: { labels: { team: "net" }, annotations: { note: "" } },
      spec: {
        nodeSelector: { rack: "1" },
        tolerations: [{ operator: "Exists" }],
        imagePullSecrets: [{ name: "registry" }],
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "zone", operator: "In", values: ["a"] }] },
                { matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] },
              ],
            },
          },
        },
        volumes: [{ name: "certs", emptyDir: {} }],
        containers: [
          {
            name: "agent",
            // As one writes it, not as the API server does.
            resources: { requests: { cpu: 0.5, memory: "131072Ki" }, limits: { memory: "1024Mi" } },
            env: [{ name: "TZ", value: "UTC" }],
            volumeMounts: [{ name: "certs", mountPath: "/certs" }],
            livenessProbe: { periodSeconds: 30 },
          },
          {
            name: "dns",
            image: "dns:1",
            ports: [{ containerPort: 53, protocol: "UDP" }, { containerPort: 53, protocol: "TCP" }],
          },
        ],
      },
    });
    assert.ok(template.ok);
    using cluster = await Cluster.reach(template.value);
    await cluster.carryOut();
    assert.deepEqual(planAgents(cluster.world).steps, []);
  },
});
