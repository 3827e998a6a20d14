/** The pod of an agent. Each field is explained in docs/agents.md. */

import type { V1PodSpec } from "@kubernetes/client-node";
import { formatNamespacedName, type NamespacedName } from "../../../api/meta.ts";
import type { AsJson } from "../../../api/meta.ts";
import {
  AGENT_CONTAINER,
  agentLabelsOf,
  IPPOOL_ANNOTATION,
  reportSecretNameOf,
} from "../agent_names.ts";
import type { AgentSettings, PodTemplate } from "../agent_world.ts";
import { POD_TEMPLATE_SHAPE } from "../field_shape.ts";
import { strategicMerge } from "./strategic_merge.ts";
import { withRequiredNodes } from "./required_nodes.ts";

/** Multus' annotation of a pod: the networks that it is attached to. */
export const NETWORKS_ANNOTATION = "k8s.v1.cni.cncf.io/networks";

/** The interface of an agent on the VM network. */
const NIC = "eth1";

/** Where an agent serves `/healthz`, `/readyz` and `/metrics`. */
export const HTTP_PORT = 8080;
/** Where it serves its report. */
export const REPORT_PORT = 8443;

/** Where the agent keeps the last version of its pool, for a start while the API is out of reach. */
export const SNAPSHOT_FOLDER = "/var/lib/vm-dhcp/agent";
/** Where it finds what it shows the controller, and what the controller shows it. */
export const REPORT_FOLDER = "/etc/vm-dhcp/report";

/** Names of the volumes. */
export const SNAPSHOT_VOLUME = "snapshot";
export const REPORT_VOLUME = "report";

/** Measured: docs/agents.md. */
export const AGENT_RESOURCES = {
  requests: { cpu: "10m", memory: "96Mi" },
  limits: { memory: "256Mi" },
};

/** Time after which a pod is replaced whose node has gone. */
const NODE_LOST_SECONDS = 10;

/**
 * What must not be there: it would take an agent out of its network, or bind it to a node. A field that
 * is `undefined` is taken away.
 */
const ABSENT: object = {
  hostNetwork: undefined,
  hostPID: undefined,
  hostIPC: undefined,
  nodeName: undefined,
};

/** Root could not start: an agent is root with one capability. */
const NOT_FORBIDDEN: object = { runAsNonRoot: undefined };

/** A probe of another host, such as one that always answers, says nothing of the agent. */
const OF_THE_POD: object = { host: undefined, httpHeaders: undefined };

/** The API server adds it where the network is that of the host, and leaves it there. */
const NOT_OF_HOST: object = { hostPort: undefined };

/** What the pod of an agent follows from. */
export interface AgentPodParts {
  readonly pool: NamespacedName;
  readonly network: NamespacedName;
  readonly clusterNetwork: string;
  readonly image: string;
  readonly serviceAccountName: string;
  readonly settings: Pick<AgentSettings, "dryRun" | "template">;
}

/** The template of the pods of a pool's agents, with what the operator wants otherwise. */
export function agentPodTemplateOf(parts: AgentPodParts): PodTemplate {
  const { pool, network, clusterNetwork, settings: { template = {} } } = parts;
  const labels = agentLabelsOf(pool);
  const own: PodTemplate = {
    metadata: {
      labels,
      annotations: {
        [IPPOOL_ANNOTATION]: formatNamespacedName(pool),
        [NETWORKS_ANNOTATION]: JSON.stringify([{ ...network, interface: NIC }]),
      },
    },
    spec: agentPodSpecOf(parts, labels),
  };
  const merged = strategicMerge(own, template, POD_TEMPLATE_SHAPE) as PodTemplate;
  return withRequiredNodes(merged, clusterNetwork);
}

function agentPodSpecOf(
  parts: AgentPodParts,
  labels: Readonly<Record<string, string>>,
): AsJson<V1PodSpec> {
  return {
    ...ABSENT,
    securityContext: NOT_FORBIDDEN,
    serviceAccountName: parts.serviceAccountName,
    automountServiceAccountToken: true,
    enableServiceLinks: false,
    priorityClassName: "system-cluster-critical",
    terminationGracePeriodSeconds: 5,
    affinity: {
      podAntiAffinity: {
        preferredDuringSchedulingIgnoredDuringExecution: [{
          weight: 100,
          podAffinityTerm: {
            topologyKey: "kubernetes.io/hostname",
            labelSelector: { matchLabels: labels },
          },
        }],
      },
    },
    tolerations: [
      ...["not-ready", "unreachable"].map((state) => ({
        key: `node.kubernetes.io/${state}`,
        operator: "Exists",
        effect: "NoExecute",
        tolerationSeconds: NODE_LOST_SECONDS,
      })),
      ...["control-plane", "etcd"].map((role) => ({
        key: `node-role.kubernetes.io/${role}`,
        operator: "Exists",
      })),
    ],
    containers: [agentContainerOf(parts)],
    volumes: [
      { name: SNAPSHOT_VOLUME, emptyDir: {} },
      {
        name: REPORT_VOLUME,
        // An agent answers DHCP before the controller can read its reports.
        secret: { secretName: reportSecretNameOf(parts.pool), defaultMode: 0o400, optional: true },
      },
    ],
  };
}

function agentContainerOf(
  { pool, image, settings: { dryRun } }: AgentPodParts,
): AsJson<V1PodSpec>["containers"][number] {
  return {
    name: AGENT_CONTAINER,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["vm-dhcp"],
    args: [
      "agent",
      ...["--ippool", formatNamespacedName(pool)],
      ...["--nic", NIC],
      ...["--http", `$(POD_IP):${HTTP_PORT}`],
      ...["--snapshot", `${SNAPSHOT_FOLDER}/snapshot.json`],
      ...["--report", `$(POD_IP):${REPORT_PORT}`],
      ...["--report-credentials", REPORT_FOLDER],
      ...(dryRun ? ["--dry-run"] : []),
    ],
    env: [
      { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
      { name: "VM_DHCP_AGENT_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
      { name: "MALLOC_ARENA_MAX", value: "1" },
    ],
    ports: [
      { ...NOT_OF_HOST, name: "http", containerPort: HTTP_PORT },
      { ...NOT_OF_HOST, name: "report", containerPort: REPORT_PORT },
    ],
    resources: AGENT_RESOURCES,
    // In the pod's status then stands why it ended.
    terminationMessagePolicy: "FallbackToLogsOnError",
    startupProbe: { httpGet: probeOf("/healthz"), periodSeconds: 1, failureThreshold: 60 },
    livenessProbe: {
      httpGet: probeOf("/healthz"),
      ...{ periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 },
    },
    readinessProbe: {
      httpGet: probeOf("/readyz"),
      ...{ periodSeconds: 2, timeoutSeconds: 2, failureThreshold: 2 },
    },
    securityContext: {
      ...NOT_FORBIDDEN,
      runAsUser: 0,
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
      seccompProfile: { type: "RuntimeDefault" },
    },
    volumeMounts: [
      { name: SNAPSHOT_VOLUME, mountPath: SNAPSHOT_FOLDER },
      { name: REPORT_VOLUME, mountPath: REPORT_FOLDER, readOnly: true },
    ],
  };
}

function probeOf(path: string) {
  return { ...OF_THE_POD, path, port: HTTP_PORT, scheme: "HTTP" };
}
