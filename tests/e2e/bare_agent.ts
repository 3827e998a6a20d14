/**
 * An agent as the Go version runs it: a Pod without an owner, whose init container gives the serverIP
 * to the kernel's interface. The program in it is ours.
 */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { ApiConnection } from "../support/apiserver/api_connection.ts";
import { CLUSTER_NETWORK, IMAGE } from "../support/nodes/node_cluster.ts";
import { AGENT } from "./agent_pods.ts";

/** The Go version has one account for all agents. */
const ACCOUNT = "harvester-vm-dhcp-controller-agent";

const RBAC = "/apis/rbac.authorization.k8s.io/v1";

/** Makes the Pod, and an account that may read all pools. */
export async function makeBareAgent(api: ApiConnection): Promise<void> {
  await post(api, "/api/v1/namespaces/default/serviceaccounts", {
    apiVersion: "v1",
    kind: "ServiceAccount",
    metadata: { name: ACCOUNT },
  });
  await post(api, `${RBAC}/clusterroles`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: ACCOUNT },
    rules: [{
      apiGroups: ["network.harvesterhci.io"],
      resources: ["ippools", "ippools/status"],
      verbs: ["get", "watch", "list"],
    }],
  });
  await post(api, `${RBAC}/clusterrolebindings`, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: ACCOUNT },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: ACCOUNT },
    subjects: [{ kind: "ServiceAccount", name: ACCOUNT, namespace: "default" }],
  });
  await makeBareAgentPod(api, "default");
}

/** Makes the Pod alone, where the account is there. */
export async function makeBareAgentPod(api: ApiConnection, namespace: string): Promise<void> {
  await post(api, `/api/v1/namespaces/${namespace}/pods`, pod());
}

async function post(api: ApiConnection, path: string, body: JsonObject): Promise<void> {
  const { status, text } = await api.send("POST", path, { body });
  assert.equal(status, 201, `${path}: ${text}`);
}

function pod(): JsonObject {
  const securityContext = { runAsUser: 0, runAsGroup: 0, capabilities: { add: ["NET_ADMIN"] } };
  const probe = { httpGet: { path: "/healthz", port: 8080 } };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: AGENT,
      labels: {
        "network.harvesterhci.io/vm-dhcp-controller": "agent",
        "network.harvesterhci.io/ippool-namespace": "default",
        "network.harvesterhci.io/ippool-name": "ippool-1",
      },
      annotations: {
        "k8s.v1.cni.cncf.io/networks":
          '[{"namespace":"default","name":"net-48","interface":"eth1"}]',
      },
    },
    spec: {
      serviceAccountName: ACCOUNT,
      affinity: {
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: {
            nodeSelectorTerms: [{
              matchExpressions: [{
                key: `network.harvesterhci.io/${CLUSTER_NETWORK}`,
                operator: "In",
                values: ["true"],
              }],
            }],
          },
        },
      },
      initContainers: [{
        name: "ip-setter",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        command: ["/usr/bin/sh", "-c"],
        args: ["ip address flush dev eth1; ip address add 192.168.48.77/24 dev eth1"],
        securityContext,
      }],
      containers: [{
        name: "agent",
        image: IMAGE,
        imagePullPolicy: "IfNotPresent",
        command: ["vm-dhcp", "agent"],
        args: ["--ippool-ref", "default/ippool-1"],
        env: [{ name: "VM_DHCP_AGENT_NAME", value: AGENT }],
        livenessProbe: probe,
        readinessProbe: { httpGet: { ...probe.httpGet, path: "/readyz" }, periodSeconds: 1 },
        securityContext,
      }],
    },
  };
}
