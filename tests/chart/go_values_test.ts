/** Values files, names and labels of the Go program's chart. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { PROJECT } from "../../tools/steps.ts";
import { parseFlags } from "../../cmd/cli/flags.ts";
import { webhookCommand } from "../../cmd/webhook.ts";
import { CHART, fieldOf, only, parseObjects, RELEASE, render, runHelm } from "./helm.ts";

const FIXTURES = `${PROJECT}/tests/testdata/chart`;
const FULLNAME = "harvester-vm-dhcp-controller";

for (const name of ["go_released", "go_in_repo", "go_first"]) {
  await integrationTest({
    name: `the values of ${name}.yaml are taken, and helm lint has nothing against them`,
    needs: ["helm"],
    async run() {
      const files = [`${FIXTURES}/${name}.yaml`];
      const objects = await render({ files });
      const kinds = objects.map(({ kind }) => kind);
      assert.ok(kinds.includes("Deployment"));
      for (const kind of ["HorizontalPodAutoscaler", "Ingress"]) assert.ok(!kinds.includes(kind));
      only(objects, "Deployment", `${FULLNAME}-webhook`);
      const lint = await runHelm(["lint", "--strict", CHART, "--values", ...files]);
      assert.equal(lint.code, 0, lint.stdout);
    },
  });
}

await integrationTest({
  name: "what a values file of the Go program's chart says is done",
  needs: ["helm"],
  async run() {
    const objects = await render({ files: [`${FIXTURES}/go_released.yaml`] });
    const { spec } = only(objects, "Deployment", FULLNAME);
    const expected = {
      "replicas": 2,
      "template.metadata.annotations.example\\.com/scrape": "yes",
      "template.metadata.labels.example\\.com/tier": "network",
      "template.spec.imagePullSecrets": [{ name: "registry" }],
      "template.spec.nodeSelector": { "kubernetes.io/os": "linux" },
      "template.spec.tolerations": [{
        key: "node-role.kubernetes.io/control-plane",
        operator: "Exists",
      }],
      "template.spec.securityContext.fsGroup": 2000,
      "template.spec.securityContext.runAsNonRoot": true,
      "template.spec.volumes.1": { name: "scratch", emptyDir: {} },
      "template.spec.containers.0.name": FULLNAME,
      "template.spec.containers.0.image":
        "registry.example.com/rancher/harvester-vm-dhcp-controller:v1.6.0",
      "template.spec.containers.0.imagePullPolicy": "Always",
      "template.spec.containers.0.resources.limits": { memory: "256Mi" },
      "template.spec.containers.0.volumeMounts.1": { name: "scratch", mountPath: "/scratch" },
    };
    for (const [path, value] of Object.entries(expected)) {
      assert.deepEqual(fieldOf(spec, path), value, path);
    }
    const args = fieldOf(spec, "template.spec.containers.0.args") as readonly string[];
    assert.ok(
      args.includes("--image=registry.example.com/rancher/harvester-vm-dhcp-agent:v1.6.0"),
    );
    const service = only(objects, "Service", FULLNAME);
    assert.equal(fieldOf(service, "spec.ports.0.port"), 9090);
    const account = only(objects, "ServiceAccount", FULLNAME);
    assert.deepEqual(account.metadata.annotations, { "example.com/team": "network" });
  },
});

await integrationTest({
  name: "objects have the names and labels of the Go program's chart",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const names = objects.map(({ kind, metadata }) =>
      [kind, ...metadata.namespace ? [metadata.namespace] : [], metadata.name].join(" ")
    );
    for (
      const name of [
        `Deployment harvester-system ${FULLNAME}`,
        `Service harvester-system ${FULLNAME}`,
        `ServiceAccount harvester-system ${FULLNAME}`,
        `ClusterRole ${FULLNAME}`,
        `ClusterRoleBinding ${FULLNAME}`,
        `Role kube-system ${FULLNAME}-lease-manager`,
        `RoleBinding kube-system ${FULLNAME}-manage-leases`,
        `Role harvester-system ${FULLNAME}-pod-manager`,
        `RoleBinding harvester-system ${FULLNAME}-manage-pods`,
      ]
    ) assert.ok(names.includes(name), `${name} is not among ${names.join(", ")}`);
    const selector = {
      "app.kubernetes.io/name": FULLNAME,
      "app.kubernetes.io/instance": FULLNAME,
    };
    const deployment = only(objects, "Deployment", FULLNAME);
    assert.deepEqual(fieldOf(deployment, "spec.selector.matchLabels"), selector);
    assert.deepEqual(fieldOf(only(objects, "Service", FULLNAME), "spec.selector"), selector);
    const { version } = parseObjects(
      await Deno.readTextFile(`${CHART}/Chart.yaml`),
    )[0] as unknown as {
      readonly version: string;
    };
    const labels = {
      ...selector,
      "app.kubernetes.io/component": "controller",
      "app.kubernetes.io/managed-by": "Helm",
      "app.kubernetes.io/version": version,
      "helm.sh/chart": `${FULLNAME}-${version}`,
    };
    assert.deepEqual(deployment.metadata.labels, labels);
    assert.deepEqual(fieldOf(deployment, "spec.template.metadata.labels"), labels);
  },
});

for (
  const { what, values, release, fullname, name } of [
    {
      what: "a release of another name",
      values: {},
      release: "dhcp",
      fullname: `dhcp-${FULLNAME}`,
      name: FULLNAME,
    },
    {
      what: "nameOverride",
      values: { nameOverride: "dhcp" },
      release: "vm",
      fullname: "vm-dhcp",
      name: "dhcp",
    },
    {
      what: "fullnameOverride",
      values: { fullnameOverride: "addresses" },
      release: "vm",
      fullname: "addresses",
      name: FULLNAME,
    },
  ]
) {
  await integrationTest({
    name: `${what} gives objects the name ${fullname}`,
    needs: ["helm"],
    async run() {
      const objects = await render({ values, release });
      const deployment = only(objects, "Deployment", fullname);
      assert.equal(deployment.metadata.labels!["app.kubernetes.io/name"], name);
      only(objects, "ServiceAccount", fullname);
      only(objects, "ClusterRole", fullname);
    },
  });
}

await integrationTest({
  name: "an account of one's own gets the rights of the controller, and none is made",
  needs: ["helm"],
  async run() {
    const objects = await render({ values: { serviceAccount: { create: false, name: "own" } } });
    const isOfOther = ({ metadata }: KubeObject) => /-(webhook|check)$/.test(metadata.name);
    const accounts = objects.filter(({ kind }) => kind === "ServiceAccount");
    assert.ok(accounts.every(isOfOther));
    assert.equal(
      fieldOf(only(objects, "Deployment", FULLNAME), "spec.template.spec.serviceAccountName"),
      "own",
    );
    for (const binding of objects.filter(({ kind }) => kind.endsWith("Binding"))) {
      if (isOfOther(binding)) continue;
      assert.equal(fieldOf(binding, "subjects.0.name"), "own");
    }
  },
});

await integrationTest({
  name: "the webhook has the names and the selector of the Go program's",
  needs: ["helm"],
  async run() {
    const values = { serviceCIDR: "10.96.0.0/12" };
    const objects = await render({ files: [`${FIXTURES}/go_released.yaml`], values });
    const name = `${FULLNAME}-webhook`;
    for (const kind of ["Deployment", "Service", "ClusterRole", "ClusterRoleBinding"]) {
      only(objects, kind, name);
    }
    const { spec } = only(objects, "Deployment", name);
    assert.equal(fieldOf(spec, "replicas"), 1);
    const selector = { "app.kubernetes.io/name": name, "app.kubernetes.io/instance": RELEASE };
    assert.deepEqual(fieldOf(spec, "selector.matchLabels"), selector);
    assert.deepEqual(fieldOf(only(objects, "Service", name).spec, "selector"), selector);
    const controller = fieldOf(only(objects, "Deployment", FULLNAME).spec, "selector.matchLabels");
    assert.notDeepEqual(controller, selector);
    const args = fieldOf(spec, "template.spec.containers.0.args") as readonly string[];
    const flags = parseFlags(webhookCommand.flags, args, {});
    assert.equal(flags["name"], name);
    assert.equal(flags["controller-user"], FULLNAME);
    assert.ok(args.includes("--service-cidr=10.96.0.0/12"));
  },
});
