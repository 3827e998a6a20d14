/** The objects by which agents of a pool run, as the controller makes them. */

import type { JsonObject } from "../../lib/base/json.ts";
import type { ApiConnection } from "../support/apiserver/api_connection.ts";
import { CLUSTER_NETWORK, IMAGE } from "../support/nodes/node_cluster.ts";

/** Name of all of them: that of the pool `default/ippool-1`. */
export const AGENT = "default-ippool-1-agent";

const LABELS = {
  "network.harvesterhci.io/vm-dhcp-controller": "agent",
  "network.harvesterhci.io/ippool-namespace": "default",
  "network.harvesterhci.io/ippool-name": "ippool-1",
};

const METADATA = { name: AGENT, namespace: "default", labels: LABELS };

export const DEPLOYMENT = `/apis/apps/v1/namespaces/default/deployments/${AGENT}`;

/** Paths of the agents' Pods. */
export const AGENT_PODS =
  "/api/v1/namespaces/default/pods?labelSelector=network.harvesterhci.io/vm-dhcp-controller%3Dagent";

/** Makes an account that can read one pool, and two agents. */
export async function deployAgents(api: ApiConnection): Promise<void> {
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  await post(api, "/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: METADATA,
  });
  await post(api, `${rbac}/roles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "Role",
    metadata: METADATA,
    rules: [{
      apiGroups: ["network.harvesterhci.io"],
      resources: ["ippools"],
      resourceNames: ["ippool-1"],
      verbs: ["get", "list", "watch"],
    }],
  });
  await post(api, `${rbac}/rolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: METADATA,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: AGENT },
    subjects: [{ kind: "ServiceAccount", name: AGENT, namespace: "default" }],
  });
  await post(api, DEPLOYMENT.slice(0, DEPLOYMENT.lastIndexOf("/")), deployment());
}

export async function post(api: ApiConnection, path: string, body: JsonObject): Promise<void> {
  const { status, text } = await api.send("POST", path, { body });
  if (status !== 201) throw new Error(`POST ${path}: ${text}`);
}

function deployment(): JsonObject {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: METADATA,
    spec: {
      replicas: 2,
      revisionHistoryLimit: 2,
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      selector: { matchLabels: LABELS },
      template: {
        metadata: {
          labels: LABELS,
          annotations: {
            "k8s.v1.cni.cncf.io/networks": JSON.stringify([
              { namespace: "default", name: "net-48", interface: "eth1" },
            ]),
          },
        },
        spec: podSpec(),
      },
    },
  };
}

function podSpec(): JsonObject {
  return {
    serviceAccountName: AGENT,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 5,
    priorityClassName: "system-cluster-critical",
    affinity: affinity(),
    tolerations: ["not-ready", "unreachable"].map((state) => ({
      key: `node.kubernetes.io/${state}`,
      operator: "Exists",
      effect: "NoExecute",
      tolerationSeconds: 10,
    })),
    volumes: [{ name: "snapshot", emptyDir: {} }],
    containers: [{
      name: "agent",
      image: IMAGE,
      imagePullPolicy: "IfNotPresent",
      command: ["vm-dhcp"],
      args: ["agent", "--ippool", "default/ippool-1", "--nic", "eth1", "--http", "$(POD_IP):8080"],
      env: [
        { name: "POD_IP", valueFrom: { fieldRef: { fieldPath: "status.podIP" } } },
        { name: "VM_DHCP_AGENT_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "MALLOC_ARENA_MAX", value: "1" },
      ],
      volumeMounts: [{ name: "snapshot", mountPath: "/var/lib/vm-dhcp/agent" }],
      resources: { requests: { cpu: "10m", memory: "96Mi" }, limits: { memory: "256Mi" } },
      startupProbe: { ...probe("/healthz"), failureThreshold: 60 },
      livenessProbe: { ...probe("/healthz"), periodSeconds: 10 },
      readinessProbe: probe("/readyz"),
      securityContext: {
        runAsUser: 0,
        readOnlyRootFilesystem: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
        seccompProfile: { type: "RuntimeDefault" },
      },
    }],
  };
}

function affinity(): JsonObject {
  return {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{
          matchExpressions: [
            {
              key: `network.harvesterhci.io/${CLUSTER_NETWORK}`,
              operator: "In",
              values: ["true"],
            },
            { key: "node-role.harvesterhci.io/witness", operator: "DoesNotExist" },
          ],
        }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [{
        weight: 100,
        podAffinityTerm: {
          labelSelector: { matchLabels: LABELS },
          topologyKey: "kubernetes.io/hostname",
        },
      }],
    },
  };
}

function probe(path: string): JsonObject {
  return { httpGet: { path, port: 8080 }, periodSeconds: 1, timeoutSeconds: 5 };
}
