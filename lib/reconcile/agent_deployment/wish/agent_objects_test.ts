/** The objects around an agent's pod. */

import assert from "node:assert/strict";
import { POOL, SETTINGS } from "../../../../tests/support/controller/agent_worlds.ts";
import type { KubeObject } from "../../../api/meta.ts";
import { wishedObjectsOf } from "./agent_objects.ts";

const WISH = {
  pool: POOL,
  network: POOL,
  clusterNetwork: "vlan",
  image: "registry/vm-dhcp:v1",
  replicas: 2,
  settings: SETTINGS,
};

function contentsOf({ metadata: _, apiVersion: __, kind: ___, ...contents }: KubeObject) {
  return contents;
}

Deno.test("the account of a pool's agents may get, list and watch that pool, and nothing else", () => {
  const { serviceAccount, role, roleBinding } = wishedObjectsOf(WISH);
  assert.deepEqual(contentsOf(role!), {
    rules: [{
      apiGroups: ["network.harvesterhci.io"],
      resources: ["ippools"],
      resourceNames: ["net-48"],
      verbs: ["get", "list", "watch"],
    }],
  });
  assert.deepEqual(contentsOf(roleBinding!), {
    roleRef: {
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "default-net-48-agent",
    },
    subjects: [{
      kind: "ServiceAccount",
      name: "default-net-48-agent",
      namespace: "harvester-system",
    }],
  });
  for (const { metadata } of [role!, roleBinding!]) assert.equal(metadata.namespace, "default");
  assert.equal(serviceAccount!.metadata.namespace, "harvester-system");
  assert.deepEqual(contentsOf(serviceAccount!), { automountServiceAccountToken: false });
});

Deno.test("an account of the operator gets no rights, and is not made", () => {
  const settings = { ...SETTINGS, serviceAccountName: "agents" };
  const { deployment, podDisruptionBudget, ...others } = wishedObjectsOf({ ...WISH, settings });
  assert.deepEqual(others, {});
  assert.equal(podDisruptionBudget?.kind, "PodDisruptionBudget");
  const { template } = deployment!.spec as { readonly template: { readonly spec: object } };
  assert.equal((template.spec as { serviceAccountName: string }).serviceAccountName, "agents");
});

Deno.test("a budget lets one agent go at a time, and does not count those of the Go version", () => {
  assert.deepEqual(contentsOf(wishedObjectsOf(WISH).podDisruptionBudget!), {
    spec: {
      maxUnavailable: 1,
      selector: {
        matchLabels: wishedObjectsOf(WISH).deployment!.metadata.labels,
        matchExpressions: [{ key: "pod-template-hash", operator: "Exists" }],
      },
    },
  });
});
