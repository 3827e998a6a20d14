/** What the agents of a pool follow from, and what is to be done about them. */

import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import type { JsonObject } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { AsJson, KubeObject, NamespacedName, Observed, ResourceType } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { Pod } from "../../api/workload/pod.ts";
import type { AgentStatus } from "../agent_status.ts";

/** What the operator says about all agents. */
export interface AgentSettings {
  /** Of the Deployments and all that stands beside them. */
  readonly namespace: string;
  /** `undefined` when none was named: no agents are deployed, and those that are there keep theirs. */
  readonly image: string | undefined;
  /** For pools that do not say how many agents they are to have. */
  readonly replicas: number;
  /** An account of the operator's for all agents; `undefined` for one of its own for each pool. */
  readonly serviceAccountName: string | undefined;
  /** Whether agents decide without sending anything. */
  readonly dryRun: boolean;
  /** A part of a PodTemplateSpec, checked by `parseAgentPodTemplate`. */
  readonly template: AgentPodTemplate | undefined;
}

/** A whole PodTemplateSpec. */
export type PodTemplate = AsJson<V1PodTemplateSpec>;

/** A part of a PodTemplateSpec that breaks no agent. */
export type AgentPodTemplate = {
  readonly metadata?: JsonObject;
  readonly spec?: JsonObject;
};

/** The objects of one pool's agents, by what they are. */
export interface AgentObjects<T> {
  readonly serviceAccount: T;
  readonly role: T;
  readonly roleBinding: T;
  readonly podDisruptionBudget: T;
  readonly deployment: T;
  /** Made by the reader of the reports; taken away with the rest. */
  readonly reportSecret: T;
}

/** Everything that the agents of a pool follow from. */
export interface AgentWorld {
  /** Of the pool, also of one that is gone. */
  readonly name: NamespacedName;
  /** `undefined` when there is none. */
  readonly ippool: Observed<IPPool> | undefined;
  /** The network of the pool; `undefined` when there is none. */
  readonly nad: NetworkAttachmentDefinition | undefined;
  readonly settings: AgentSettings;
  /** The objects of these names, whoever made them. */
  readonly stored: AgentObjects<KubeObject | undefined>;
  /** The pods of the pool's agents, also those of the Go version. */
  readonly pods: readonly Pod[];
  /** By UID of a pod, what the kubelet last warned of in an Event about it, where that is known. */
  readonly warnings?: ReadonlyMap<string, string>;
  /** Why the agent of a pod does not answer, in its own words, where it said so. */
  readonly unreadyOf?: (pod: string) => string | undefined;
}

/** One write. */
export type AgentStep =
  /** PUT for `replace`: the object has the `resourceVersion` that it was planned from. */
  | { readonly do: "create" | "replace"; readonly type: ResourceType; readonly object: KubeObject }
  /** Name the UID as a precondition: an object of the same name that came since stays. */
  | {
    readonly do: "delete";
    readonly type: ResourceType;
    readonly object: Pick<KubeObject, "metadata">;
  };

/** What is to be done, and how the agents are. */
export interface AgentPlan {
  /** In this order; planning again after the last one gives none. */
  readonly steps: readonly AgentStep[];
  readonly status: AgentStatus;
}
