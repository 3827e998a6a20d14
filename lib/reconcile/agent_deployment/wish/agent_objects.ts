/** The objects that the agents of a pool are made of, as they should be. */

import type {
  V1Deployment,
  V1PodDisruptionBudget,
  V1Role,
  V1RoleBinding,
  V1ServiceAccount,
} from "@kubernetes/client-node";
import { type AsJson, formatNamespacedName, type KubeObject } from "../../../api/meta.ts";
import type { NamespacedName, ResourceType } from "../../../api/meta.ts";
import {
  apiVersionOf,
  DEPLOYMENTS,
  IPPOOLS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SERVICE_ACCOUNTS,
} from "../../../api/resources.ts";
import { agentLabelsOf, agentNameOf, IPPOOL_ANNOTATION } from "../agent_names.ts";
import { agentPodTemplateOf } from "./agent_pod.ts";
import type { AgentObjects, AgentSettings } from "../agent_world.ts";

/**
 * Annotation of a Deployment: the cluster network of its pool. Agents stay where they are when the
 * network of a pool goes.
 */
export const CLUSTER_NETWORK_ANNOTATION = "network.harvesterhci.io/clusternetwork";

/** A Deployment whose rollout somebody paused would keep its old image. */
const RUNNING: object = { paused: undefined };

/** What the objects of a pool's agents follow from. */
export interface AgentWish {
  readonly pool: NamespacedName;
  readonly network: NamespacedName;
  readonly clusterNetwork: string;
  readonly image: string;
  /** 0 while the pool is paused. */
  readonly replicas: number;
  readonly settings: AgentSettings;
}

/** What is made here: all but the Secret; no account and no rights for an account of the operator's. */
export type WishedObjects = Partial<Omit<AgentObjects<KubeObject>, "reportSecret">>;

/** The objects, in the order in which they are made: a pod needs its account. */
export function wishedObjectsOf(wish: AgentWish): WishedObjects {
  const { settings } = wish;
  const ownAccount = settings.serviceAccountName === undefined
    ? {
      serviceAccount: serviceAccountOf(wish),
      role: roleOf(wish),
      roleBinding: roleBindingOf(wish),
    }
    : {};
  return {
    ...ownAccount,
    podDisruptionBudget: podDisruptionBudgetOf(wish),
    deployment: deploymentOf(wish),
  };
}

function deploymentOf(wish: AgentWish): KubeObject {
  const { pool, clusterNetwork, replicas, settings } = wish;
  const { serviceAccountName = agentNameOf(pool) } = settings;
  const annotations = { [CLUSTER_NETWORK_ANNOTATION]: clusterNetwork };
  return {
    ...headOf(DEPLOYMENTS, pool, { namespace: settings.namespace, annotations }),
    spec: {
      ...RUNNING,
      replicas,
      revisionHistoryLimit: 2,
      selector: { matchLabels: agentLabelsOf(pool) },
      // The new one answers before the old one ends.
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: agentPodTemplateOf({ ...wish, serviceAccountName }),
    },
  } satisfies AsJson<V1Deployment>;
}

function podDisruptionBudgetOf({ pool, settings: { namespace } }: AgentWish): KubeObject {
  return {
    ...headOf(POD_DISRUPTION_BUDGETS, pool, { namespace }),
    spec: {
      maxUnavailable: 1,
      selector: {
        matchLabels: agentLabelsOf(pool),
        // Without the pods of the Go version: a budget fails where a pod has no controller.
        matchExpressions: [{ key: "pod-template-hash", operator: "Exists" }],
      },
    },
  } satisfies AsJson<V1PodDisruptionBudget>;
}

function serviceAccountOf({ pool, settings: { namespace } }: AgentWish): KubeObject {
  return {
    ...headOf(SERVICE_ACCOUNTS, pool, { namespace }),
    // An agent says that it wants the token; nothing else gets it by accident.
    automountServiceAccountToken: false,
  } satisfies AsJson<V1ServiceAccount>;
}

function roleOf({ pool }: AgentWish): KubeObject {
  return {
    ...headOf(ROLES, pool, { namespace: pool.namespace }),
    rules: [{
      apiGroups: [IPPOOLS.group],
      resources: [IPPOOLS.plural],
      resourceNames: [pool.name],
      verbs: ["get", "list", "watch"],
    }],
  } satisfies AsJson<V1Role>;
}

function roleBindingOf({ pool, settings: { namespace } }: AgentWish): KubeObject {
  const name = agentNameOf(pool);
  return {
    ...headOf(ROLE_BINDINGS, pool, { namespace: pool.namespace }),
    roleRef: { apiGroup: ROLES.group, kind: ROLES.kind, name },
    subjects: [{ kind: SERVICE_ACCOUNTS.kind, name, namespace }],
  } satisfies AsJson<V1RoleBinding>;
}

function headOf(
  type: ResourceType,
  pool: NamespacedName,
  { namespace, annotations = {} }: {
    readonly namespace: string;
    readonly annotations?: Readonly<Record<string, string>>;
  },
): KubeObject {
  return {
    apiVersion: apiVersionOf(type),
    kind: type.kind,
    metadata: {
      name: agentNameOf(pool),
      namespace,
      labels: agentLabelsOf(pool),
      annotations: { [IPPOOL_ANNOTATION]: formatNamespacedName(pool), ...annotations },
    },
  };
}
