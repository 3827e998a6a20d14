/** Releases of the chart on a real API server, where no Pods run. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { makeNamespace } from "../support/cluster/cluster_access.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { Kubectl } from "../support/console/kubectl.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { kubectlPath } from "../../tools/kubernetes/programs.ts";
import { PROJECT } from "../../tools/steps.ts";
import { CHART, type HelmResult, RELEASE, render, runHelm } from "./helm.ts";

const GO_CHART = `${PROJECT}/tests/testdata/go_version/chart`;
const RBAC = "/apis/rbac.authorization.k8s.io/v1";
const WEBHOOKS = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/** Runs helm as an administrator of a cluster. */
function helm(kubeconfig: string, args: readonly string[], values: JsonObject = {}) {
  const input = JSON.stringify(values);
  return runHelm(args, { env: { KUBECONFIG: kubeconfig }, input });
}

/** `helm upgrade --install` of a chart. */
function install(kubeconfig: string, namespace: string, values: JsonObject = {}, chart = CHART) {
  const args = ["upgrade", "--install", RELEASE, chart, "--namespace", namespace, "--values", "-"];
  return helm(kubeconfig, args, values);
}

/** Whether the objects of the account of the Go program's agents are there. */
async function hasGoAccount(api: ApiConnection, namespace: string): Promise<readonly boolean[]> {
  const paths = [
    `/api/v1/namespaces/${namespace}/serviceaccounts/${RELEASE}-agent`,
    `${RBAC}/clusterroles/${RELEASE}-agent`,
    `${RBAC}/clusterrolebindings/${RELEASE}-agent`,
  ];
  return await Promise.all(paths.map(async (path) => (await api.send("GET", path)).status === 200));
}

function assertDone({ code, stderr }: HelmResult): void {
  assert.equal(code, 0, stderr);
}

/** Without Pods, the hooks would be waited for in vain. */
async function uninstall(kubeconfig: string, namespace: string): Promise<void> {
  const args = ["uninstall", RELEASE, "--no-hooks", "--namespace", namespace];
  assertDone(await helm(kubeconfig, args));
}

async function post(api: ApiConnection, path: string, body: JsonObject): Promise<void> {
  const { status, text } = await api.send("POST", path, { body });
  assert.equal(status, 201, text);
}

await integrationTest({
  name: "agents of the Go program keep their account through an upgrade, and it goes after them",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    const { kubeconfig } = access;
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "go");
    assertDone(await install(kubeconfig, namespace, {}, GO_CHART));
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await post(api, pods, {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "agent" },
      spec: { serviceAccountName: `${RELEASE}-agent`, containers: [{ name: "a", image: "a" }] },
    });
    const upgraded = await install(kubeconfig, namespace);
    assertDone(upgraded);
    assert.match(upgraded.stdout, /Agents of the Go program answer until/);
    assert.deepEqual(await hasGoAccount(api, namespace), [true, true, true]);
    await api.send("DELETE", `${pods}/agent?gracePeriodSeconds=0`);
    assertDone(await install(kubeconfig, namespace));
    assert.deepEqual(await hasGoAccount(api, namespace), [false, false, false]);
    await uninstall(kubeconfig, namespace);
  },
});

await integrationTest({
  name:
    "the chart is not installed without a webhook where the one of the Go program is still asked",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "go");
    const name = `${RELEASE}-webhook`;
    await post(api, WEBHOOKS, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name },
      webhooks: [],
    });
    const ours = { metadata: { labels: { "app.kubernetes.io/managed-by": "vm-dhcp" } } };
    const disabled = { webhook: { enabled: false } };
    const refused = await install(access.kubeconfig, namespace, disabled);
    assert.notEqual(refused.code, 0);
    const command =
      `kubectl delete validatingwebhookconfiguration,mutatingwebhookconfiguration ${name}`;
    assert.ok(refused.stderr.includes(command), refused.stderr);
    assertDone(await install(access.kubeconfig, namespace));
    await uninstall(access.kubeconfig, namespace);
    assert.equal((await api.mergePatch(`${WEBHOOKS}/${name}`, ours)).status, 200);
    assertDone(await install(access.kubeconfig, namespace, disabled));
    await api.send("DELETE", `${WEBHOOKS}/${name}`);
    await uninstall(access.kubeconfig, namespace);
  },
});

await integrationTest({
  name: "a release comes back as it was after an upgrade and a rollback, and leaves nothing",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    const { kubeconfig } = access;
    const namespace = await makeNamespace(access, "release");
    const at = ["--namespace", namespace];
    assertDone(await install(kubeconfig, namespace));
    const before = (await helm(kubeconfig, ["get", "manifest", RELEASE, ...at])).stdout;
    const values = { replicaCount: 3, networkPolicy: { enabled: true }, agent: { replicas: 3 } };
    assertDone(await install(kubeconfig, namespace, values));
    assertDone(await helm(kubeconfig, ["rollback", RELEASE, ...at]));
    assert.equal((await helm(kubeconfig, ["get", "manifest", RELEASE, ...at])).stdout, before);
    await uninstall(kubeconfig, namespace);
    using api = new ApiConnection(access);
    const lists = [
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
      `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
      ...["services", "serviceaccounts", "configmaps", "secrets", "pods"].map((kind) =>
        `/api/v1/namespaces/${namespace}/${kind}`
      ),
      `${RBAC}/namespaces/kube-system/roles?labelSelector=app.kubernetes.io/instance%3D${RELEASE}`,
      `${RBAC}/clusterroles?labelSelector=app.kubernetes.io/instance%3D${RELEASE}`,
    ];
    for (const path of lists) {
      const { body } = await api.send("GET", path);
      assert.deepEqual(body["items"], [], path);
    }
  },
});

await integrationTest({
  name: "a second release of the chart is refused, with the name of the first",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    const { kubeconfig } = access;
    const [first, second] = [
      await makeNamespace(access, "first"),
      await makeNamespace(access, "second"),
    ];
    const other = ["install", "dhcp", CHART, "--namespace"];
    assertDone(await helm(kubeconfig, [...other, second]));
    for (const namespace of [first, second]) {
      const refused = await install(kubeconfig, namespace);
      assert.notEqual(refused.code, 0);
      assert.match(refused.stderr, new RegExp(`release dhcp in the namespace ${second} serves`));
      assert.ok(refused.stderr.includes(`helm uninstall dhcp --namespace ${second}.`));
    }
    // The first can be upgraded all the same, and installed again where its namespace was deleted.
    assertDone(await helm(kubeconfig, ["upgrade", "dhcp", CHART, "--namespace", second]));
    using api = new ApiConnection(access);
    const secrets = `/api/v1/namespaces/${second}/secrets?labelSelector=owner%3Dhelm`;
    assert.equal((await api.send("DELETE", secrets)).status, 200);
    assertDone(await helm(kubeconfig, [...other, second]));
    assertDone(await helm(kubeconfig, ["uninstall", "dhcp", "--no-hooks", "--namespace", second]));
    assertDone(await install(kubeconfig, first));
    await uninstall(kubeconfig, first);
  },
});

await integrationTest({
  name: "an account that is not made by the chart has to be there",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "account");
    const values = { serviceAccount: { create: false, name: "dhcp" } };
    const refused = await install(access.kubeconfig, namespace, values);
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /no ServiceAccount dhcp in the namespace \S+; make it first/);
    await post(api, `/api/v1/namespaces/${namespace}/serviceaccounts`, {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: { name: "dhcp" },
    });
    assertDone(await install(access.kubeconfig, namespace, values));
    await uninstall(access.kubeconfig, namespace);
  },
});

await integrationTest({
  name: "a Secret with the certificate of the webhook has to be there",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "certificate");
    const values = { webhook: { tls: { secretName: "own" } } };
    const refused = await install(access.kubeconfig, namespace, values);
    assert.notEqual(refused.code, 0);
    assert.match(
      refused.stderr,
      /no Secret own in the namespace \S+; make it first, with tls\.crt/,
    );
    await post(api, `/api/v1/namespaces/${namespace}/secrets`, {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "own" },
    });
    assertDone(await install(access.kubeconfig, namespace, values));
    await uninstall(access.kubeconfig, namespace);
  },
});

await integrationTest({
  name:
    "what helm template prints can be applied without helm, and applied again it changes nothing",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "gitops");
    const items = await render({ namespace, args: ["--no-hooks"] });
    assert.ok(items.length >= 8);
    const home = await Deno.makeTempDir();
    const kubectl = new Kubectl(await kubectlPath(), access.kubeconfig, home);
    const pass = async (...args: readonly string[]) => {
      const list = { apiVersion: "v1", kind: "List", items };
      const { code, stdout, stderr } = await kubectl.run([...args, "-f", "-"], list);
      assert.equal(code, 0, stdout + stderr);
    };
    try {
      await pass("apply", "--server-side");
      await pass("diff", "--server-side");
      await pass("apply", "--server-side");
    } finally {
      await pass("delete", "--ignore-not-found");
      await Deno.remove(home, { recursive: true });
    }
  },
});
