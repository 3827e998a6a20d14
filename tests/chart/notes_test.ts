/** What helm tells after an installation, on a real API server. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { makeNamespace } from "../support/cluster/cluster_access.ts";
import { ControlPlane, type ControlPlaneAccess } from "../support/cluster/control_plane.ts";
import { sharedControlPlane } from "../support/cluster/shared_control_plane.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { CHART, RELEASE, runHelm } from "./helm.ts";

/** What helm prints after an installation that changes nothing. */
async function notesOf(
  { kubeconfig }: ControlPlaneAccess,
  values: JsonObject = {},
  namespace = "notes",
): Promise<string> {
  const args = [
    "install",
    RELEASE,
    CHART,
    `--namespace=${namespace}`,
    "--dry-run=server",
    "--values",
    "-",
  ];
  const { code, stdout, stderr } = await runHelm(args, {
    env: { KUBECONFIG: kubeconfig },
    input: JSON.stringify(values),
  });
  assert.equal(code, 0, stderr);
  return stdout.slice(stdout.indexOf("\nNOTES:"));
}

const NOTES: readonly {
  name: string;
  values: JsonObject;
  says: readonly RegExp[];
  not?: RegExp;
}[] = [
  {
    name: "name a pool as the next step, and what one controller means",
    values: {},
    says: [
      new RegExp(`helm test ${RELEASE} --namespace notes`),
      /The next step is an IPPool .* runs 2 agents/,
      /kind: IPPool/,
      /brings the CustomResourceDefinitions up to date/,
      /vm-dhcp crds \| kubectl apply --server-side --force-conflicts -f -/,
      /There is one controller\./,
    ],
    not: /WARNING|no effect|crds\.manage/,
  },
  {
    name: "name an agent as the next step where the controller deploys none",
    values: { agent: { enabled: false }, replicaCount: 2 },
    says: [
      /The next step is an agent on each VM network/,
      /vm-dhcp agent --ippool NAMESPACE\/NAME/,
    ],
    not: /kind: IPPool|There is one controller/,
  },
  {
    name: "name the command for definitions that the controller may not touch",
    values: { crds: { manage: false } },
    says: [
      /may not \(crds\.manage: false\)\.\s+After each upgrade, run:\s+kubectl exec .* crds \|/,
    ],
  },
  {
    name: "name values that have no effect",
    values: {
      webhook: { enabled: false, httpsPort: 8443 },
      service: { port: 8080 },
      serviceCIDR: "10.53.0.0/16",
    },
    says: [
      /no effect in this version/,
      /webhook\.httpsPort: its Service leads there/,
      /service\.port: is called service\.metricsPort/,
      /serviceCIDR: is for the webhook, which webhook\.enabled: true makes/,
    ],
    not: /autoscaling|ingress/,
  },
  {
    name: "warn of images of the Go program",
    values: {
      image: { repository: "rancher/harvester-vm-dhcp-controller" },
      agent: { image: { repository: "registry.example.com/rancher/harvester-vm-dhcp-agent" } },
    },
    says: [
      /WARNING: image\.repository is rancher\/harvester-vm-dhcp-controller, the image of the Go/,
      /WARNING: agent\.image\.repository is registry\.example\.com/,
    ],
  },
];

for (const { name, values, says, not } of NOTES) {
  await integrationTest({
    name: `the notes of the chart ${name}`,
    needs: ["helm", "kube"],
    async run() {
      const notes = await notesOf(await sharedControlPlane(), values);
      for (const words of says) assert.match(notes, words);
      if (not !== undefined) assert.doesNotMatch(notes, not);
    },
  });
}

await integrationTest({
  name: "the notes of the chart warn of a namespace that refuses agents, and name the cure",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "notes");
    const enforce = (standard: string) =>
      api.mergePatch(`/api/v1/namespaces/${namespace}`, {
        metadata: { labels: { "pod-security.kubernetes.io/enforce": standard } },
      });
    await enforce("baseline");
    const cure =
      `kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite`;
    assert.ok((await notesOf(access, {}, namespace)).includes(cure));
    const without = { agent: { enabled: false } };
    assert.doesNotMatch(await notesOf(access, without, namespace), /WARNING/);
    await enforce("privileged");
    assert.doesNotMatch(await notesOf(access, {}, namespace), /WARNING/);
  },
});

await integrationTest({
  name: "the notes of the chart warn of agents that nobody looks after, and name the cure",
  needs: ["helm", "kube"],
  async run() {
    const access = await sharedControlPlane();
    using api = new ApiConnection(access);
    const namespace = await makeNamespace(access, "notes");
    const without = { agent: { enabled: false } };
    assert.doesNotMatch(await notesOf(access, without, namespace), /WARNING/);
    const labels = { "network.harvesterhci.io/vm-dhcp-controller": "agent" };
    const template = { metadata: { labels }, spec: { containers: [{ name: "a", image: "a" }] } };
    const { status, text } = await api.send(
      "POST",
      `/apis/apps/v1/namespaces/${namespace}/deployments`,
      {
        body: {
          ...{ apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "agent", labels } },
          spec: { selector: { matchLabels: labels }, template },
        },
      },
    );
    assert.equal(status, 201, text);
    assert.match(
      await notesOf(access, without, namespace),
      /WARNING: agents .* nobody looks\s+after them any more.*kubectl delete deployments/s,
    );
    assert.doesNotMatch(await notesOf(access, {}, namespace), /WARNING/);
  },
});

await integrationTest({
  name: "the notes of the chart warn of a cluster without Multus",
  needs: ["helm", "kube"],
  async run() {
    await using plane = await ControlPlane.start({ withoutControllers: true, definitions: [] });
    assert.match(
      await notesOf(plane.access),
      /WARNING: .* no NetworkAttachmentDefinitions.*\sMultus/s,
    );
  },
});
