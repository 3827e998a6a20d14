/** Pools and what is there of their agents, in memory. */

import type { JsonObject } from "../../../lib/base/json.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import { keyOf, type KubeObject, type NamespacedName } from "../../../lib/api/meta.ts";
import { parsePod, type Pod } from "../../../lib/api/workload/pod.ts";
import type {
  AgentObjects,
  AgentSettings,
  AgentStep,
  AgentWorld,
} from "../../../lib/reconcile/agent_deployment/agent_world.ts";
import type { AgentReport } from "../../../lib/reconcile/agent_report.ts";
import { ippoolSample } from "../apiserver/samples.ts";

/** What a controller is told about agents. */
export const SETTINGS: AgentSettings = {
  namespace: "harvester-system",
  image: "registry/vm-dhcp:v1",
  replicas: 2,
  serviceAccountName: undefined,
  dryRun: false,
  template: undefined,
};

/** Nothing has been made. */
const NO_OBJECTS: AgentWorld["stored"] = {
  serviceAccount: undefined,
  role: undefined,
  roleBinding: undefined,
  podDisruptionBudget: undefined,
  deployment: undefined,
  reportSecret: undefined,
};

/** Annotations of a pool whose agents keep their image. */
export const HELD = { "network.harvesterhci.io/hold-ippool-agent-upgrade": "" };

/** A pool, its network and its agents. */
export interface AgentSituation {
  readonly pool?: Parameters<typeof ippoolSample>[0];
  readonly isPoolGone?: boolean;
  /** Labels of the network; `null` where there is none. */
  readonly network?: Readonly<Record<string, string>> | null;
  readonly settings?: Partial<AgentSettings>;
  readonly stored?: Partial<AgentWorld["stored"]>;
  readonly pods?: readonly JsonObject[];
}

/** Makes the world of a pool's agents; without changes, nothing has been made for `default/net-48`. */
export function agentWorld(situation: AgentSituation = {}): AgentWorld {
  const { pool = {}, network = { "network.harvesterhci.io/clusternetwork": "vlan" } } = situation;
  const object = ippoolSample({ ...pool, metadata: { name: "net-48", ...pool.metadata } });
  const { namespace = "", name } = object.metadata;
  return {
    name: { namespace, name },
    ippool: situation.isPoolGone ? undefined : { object, parsed: parseIPPool(object) },
    nad: network === null ? undefined : {
      apiVersion: "k8s.cni.cncf.io/v1",
      kind: "NetworkAttachmentDefinition",
      metadata: { name: "net-48", namespace: "default", labels: network },
    },
    settings: { ...SETTINGS, ...situation.settings },
    stored: { ...NO_OBJECTS, ...situation.stored },
    pods: (situation.pods ?? []).map(readPod),
  };
}

/** A pod of the Deployment of `default/net-48`, with changes in `metadata`, `spec` and `status`. */
export function ownPod(
  name: string,
  { metadata = {}, spec = {}, status = {} }: {
    readonly metadata?: JsonObject;
    readonly spec?: JsonObject;
    readonly status?: JsonObject;
  } = {},
): JsonObject {
  const controller = { apiVersion: "apps/v1", kind: "ReplicaSet", uid: "r", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "harvester-system",
      uid: `uid-${name}`,
      creationTimestamp: "2026-01-01T00:00:00Z",
      ownerReferences: [{ ...controller, name: "default-net-48-agent-7d9c" }],
      ...metadata,
    },
    spec: {
      nodeName: `node-of-${name}`,
      serviceAccountName: "default-net-48-agent",
      containers: [{ name: "agent", image: "registry/vm-dhcp:v1" }],
      ...spec,
    },
    status: { ...READY, ...status },
  };
}

/** The status of an agent that answers. */
export const READY: JsonObject = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True" }, { type: "ContainersReady", status: "True" }],
  containerStatuses: [{ name: "agent", ready: true, started: true, state: { running: {} } }],
};

/** The pod of an agent of the Go version. */
export function goPod(changes: Parameters<typeof ownPod>[1] = {}): JsonObject {
  const image = "rancher/harvester-vm-dhcp-agent:v1.8";
  return ownPod("default-net-48-agent", {
    ...changes,
    metadata: { ownerReferences: undefined, ...changes.metadata },
    spec: { containers: [{ name: "agent", image }], ...changes.spec },
  });
}

/** Reads a pod that is one. */
export function readPod(pod: JsonObject): Pod {
  const parsed = parsePod(pod);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return parsed.value;
}

const KEYS: Readonly<Record<string, keyof AgentObjects<unknown>>> = {
  ServiceAccount: "serviceAccount",
  Role: "role",
  RoleBinding: "roleBinding",
  PodDisruptionBudget: "podDisruptionBudget",
  Deployment: "deployment",
  Secret: "reportSecret",
};

/**
 * What is there after the steps.
 *
 * @param store What becomes of an object that is written.
 */
export function afterSteps(
  world: AgentWorld,
  steps: readonly AgentStep[],
  store: (object: KubeObject) => KubeObject = (object) => object,
): AgentWorld {
  const stored: Record<keyof AgentObjects<unknown>, KubeObject | undefined> = { ...world.stored };
  let pods = world.pods;
  for (const step of steps) {
    const key = KEYS[step.type.kind];
    if (step.do !== "delete") stored[key!] = store(structuredClone(step.object));
    else if (key !== undefined) stored[key] = undefined;
    else pods = pods.filter((pod) => keyOf(pod) !== keyOf(step.object));
  }
  return { ...world, stored, pods };
}

/** The name of the pool. */
export const POOL: NamespacedName = { namespace: "default", name: "net-48" };

/** What an agent reports of a network on which nothing is in the way. */
export const QUIET_WIRE = {
  addressConflicts: [],
  otherServers: [],
  impostors: [],
  serverAddressClaims: [],
  unknownClients: { packets: 0, clients: 0, perMinute: 0 },
} as const satisfies Partial<AgentReport>;
