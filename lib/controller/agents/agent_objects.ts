/** The objects of agents in the cluster: read from caches, written one by one. */

import {
  type CachedKind,
  formatNamespacedName,
  type KubeObject,
  nameOfKey,
  type NamespacedName,
  type ResourceType,
} from "../../api/meta.ts";
import { IPPOOLS } from "../../api/resources.ts";
import type { Pod } from "../../api/workload/pod.ts";
import {
  AGENT_BY_IPPOOL,
  DEPLOYMENT_KIND,
  POD_DISRUPTION_BUDGET_KIND,
  POD_KIND,
  ROLE_BINDING_KIND,
  ROLE_KIND,
  SECRET_KIND,
  SERVICE_ACCOUNT_KIND,
} from "../../reconcile/agent_deployment/agent_kinds.ts";
import {
  AGENT_SELECTOR,
  agentNameOf,
  poolOfAgent,
  reportSecretNameOf,
} from "../../reconcile/agent_deployment/agent_names.ts";
import type { AgentObjects } from "../../reconcile/agent_deployment/agent_world.ts";
import { isStatus, type KubeClient, type StatusError } from "../../kube/contract.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";
import { writeStep } from "./agent_writes.ts";

/** The kinds of a pool's agents, as they are cached. */
export type AgentKinds = AgentObjects<CachedKind<KubeObject>> & { readonly pods: CachedKind<Pod> };

/** Writers of those kinds. */
export type AgentWriters =
  & AgentObjects<ObjectWriter<KubeObject>>
  & { readonly pods: ObjectWriter<Pod> };

/**
 * How the objects of agents are cached: those with the label, in the namespace of the agents; what gives
 * agents their rights, in those of the pools. Without the right to read one of them, the rest works.
 */
export function agentKindsIn(namespace: string): AgentKinds {
  const ours = { labelSelector: AGENT_SELECTOR, optional: "awaited" } as const;
  return {
    serviceAccount: { ...SERVICE_ACCOUNT_KIND, ...ours, namespace },
    role: { ...ROLE_KIND, ...ours },
    roleBinding: { ...ROLE_BINDING_KIND, ...ours },
    podDisruptionBudget: { ...POD_DISRUPTION_BUDGET_KIND, ...ours, namespace },
    deployment: { ...DEPLOYMENT_KIND, ...ours, namespace },
    reportSecret: { ...SECRET_KIND, ...ours, namespace },
    pods: { ...POD_KIND, ...ours, namespace },
  };
}

/** What is stored for agents. */
export class StoredAgents {
  constructor(
    readonly client: Pick<KubeClient, "get">,
    readonly writers: AgentWriters,
    /** That of the agents. */
    readonly namespace: string,
  ) {}

  /** The objects that have the names of those of a pool, whoever made them. */
  of(pool: NamespacedName): AgentObjects<KubeObject | undefined> {
    const names = this.#namesOf(pool);
    const find = (part: keyof AgentObjects<unknown>) =>
      this.writers[part].cache.get(formatNamespacedName(names[part]))?.object;
    return {
      serviceAccount: find("serviceAccount"),
      role: find("role"),
      roleBinding: find("roleBinding"),
      podDisruptionBudget: find("podDisruptionBudget"),
      deployment: find("deployment"),
      reportSecret: find("reportSecret"),
    };
  }

  #namesOf(pool: NamespacedName): AgentObjects<NamespacedName> {
    const ours = { namespace: this.namespace, name: agentNameOf(pool) };
    const beside = { ...ours, namespace: pool.namespace };
    return {
      ...{ serviceAccount: ours, podDisruptionBudget: ours, deployment: ours },
      ...{ role: beside, roleBinding: beside },
      reportSecret: { ...ours, name: reportSecretNameOf(pool) },
    };
  }

  podsOf(poolKey: string): readonly Pod[] {
    return this.writers.pods.cache.byIndex(AGENT_BY_IPPOOL, poolKey)
      .flatMap(({ parsed }) => parsed.ok ? [parsed.value] : []);
  }

  writerOf({ kind }: ResourceType): ObjectWriter<unknown> {
    const writer = Object.values(this.writers).find(({ type }) => type.kind === kind);
    if (writer === undefined) throw new Error(`agents have no ${kind}`);
    return writer;
  }

  /** Whether the API server has the pool, whatever the cache says. */
  async hasPool({ namespace, name }: NamespacedName, signal: AbortSignal): Promise<boolean> {
    try {
      await this.client.get(IPPOOLS, { namespace, name }, signal);
      return true;
    } catch (error) {
      // Without the kind, nothing is known of the pool.
      if (isStatus(error, 404) && error.message.includes(`"${name}"`)) return false;
      throw error;
    }
  }

  /** Deletes what was made for the pool and has not been seen since: the watch may be late. */
  async removeUnseen(poolKey: string, signal: AbortSignal): Promise<void> {
    const pool = nameOfKey(poolKey);
    const seen = this.of(pool);
    for (const [part, name] of Object.entries(this.#namesOf(pool))) {
      const writer = this.writers[part as keyof AgentObjects<unknown>];
      if (seen[part as keyof AgentObjects<unknown>] !== undefined) continue;
      if (writer.cache.refusal !== undefined) continue;
      const object = await writer.read(name, signal);
      if (object === undefined || poolOfAgent(object.metadata) !== poolKey) continue;
      await writeStep({ do: "delete", type: writer.type, object }, writer, signal);
    }
  }

  /** What the server said when it refused a kind without which nothing is known of agents. */
  get refusal(): StatusError | undefined {
    return this.writers.deployment.cache.refusal ?? this.writers.pods.cache.refusal;
  }
}
