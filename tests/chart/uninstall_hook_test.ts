/** The Job that takes agents along when helm uninstalls a release, on a real API server. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { makeNamespace } from "../support/cluster/cluster_access.ts";
import type { ControlPlaneAccess } from "../support/cluster/control_plane.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { CHART, fieldOf, only, parseObjects, RELEASE, render, runHelm } from "./helm.ts";

/** What helm would keep for the end of a release with these values; others may be there meanwhile. */
async function hookOf(
  { kubeconfig }: ControlPlaneAccess,
  namespace: string,
  values: JsonObject = {},
) {
  const input = JSON.stringify(values);
  const { code, stdout, stderr } = await runHelm([
    ...["template", RELEASE, CHART, "--namespace", namespace],
    ...["--dry-run=server", "--is-upgrade", "--values", "-"],
  ], { env: { KUBECONFIG: kubeconfig }, input });
  assert.equal(code, 0, stderr);
  return only(parseObjects(stdout), "Job");
}

/** What the API server says about an object that it does not keep. */
function dryRun(api: ApiConnection, path: string, body: JsonObject) {
  return api.send("POST", `${path}?dryRun=All`, { body });
}

await integrationTest({
  name: "whoever applies what helm template prints does not uninstall what is applied",
  needs: ["helm"],
  async run() {
    assert.deepEqual((await render()).filter(({ kind }) => kind === "Job"), []);
  },
});

await integrationTest({
  name: "helm keeps a Job for the end of a release, with the account and image of the controller",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "hook");
    const extraArgs = ["--leader-elect-retry-period=1s", "--enable-cache-dump-api"];
    const hook = await hookOf(access, namespace, { controller: { extraArgs } });
    assert.equal(hook.metadata.annotations?.["helm.sh/hook"], "pre-delete");
    const controller = fieldOf(only(await render(), "Deployment", RELEASE), "spec.template.spec");
    const pod = fieldOf(hook, "spec.template.spec") as JsonObject;
    for (
      const field of ["containers.0.image", "containers.0.imagePullPolicy", "serviceAccountName"]
    ) {
      assert.equal(fieldOf(pod, field), fieldOf(controller, field));
    }
    assert.ok(fieldOf(pod, "containers.0.resources.limits.memory"));
    assert.deepEqual(fieldOf(pod, "containers.0.args"), [
      `--namespace=${namespace}`,
      `--deployment=${RELEASE}`,
      // Candidates for one Lease have the same timings.
      "--leader-elect-retry-period=1s",
    ]);
    await api.mergePatch(`/api/v1/namespaces/${namespace}`, {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    });
    const { status, text } = await dryRun(api, `/api/v1/namespaces/${namespace}/pods`, {
      ...{ apiVersion: "v1", kind: "Pod", metadata: { name: "hook" } },
      spec: { ...pod, serviceAccountName: "default" },
    });
    assert.equal(status, 201, text);
  },
});

for (const field of ["nameOverride", "fullnameOverride"]) {
  await integrationTest({
    name: `a release with a long ${field} can be tested and uninstalled`,
    needs: ["helm", "kube"],
    async run() {
      const access = await sharedControlPlane();
      using api = new ApiConnection(access);
      const namespace = await makeNamespace(access, "long");
      const values = { [field]: "n".repeat(80) };
      const job = await hookOf(access, namespace, values);
      const check = only(await render({ values, namespace }), "Pod");
      for (
        const [path, object] of [
          [`/apis/batch/v1/namespaces/${namespace}/jobs`, job],
          [`/api/v1/namespaces/${namespace}/pods`, {
            ...check,
            spec: { ...check["spec"] as JsonObject, serviceAccountName: "default" },
          }],
        ] as const
      ) {
        const { status, text } = await dryRun(api, path, object);
        assert.equal(status, 201, text);
      }
    },
  });
}
