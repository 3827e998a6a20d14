/** The Deployment of the controller, and what goes with it. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { parseImage } from "../../cmd/cli/flag_values.ts";
import { parseFlags } from "../../cmd/cli/flags.ts";
import { controllerCommand } from "../../cmd/controller.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { fieldOf, NAMESPACE, only, RELEASE, render } from "./helm.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;
const OWN_IMAGE = "ghcr.io/vm-dhcp/vm-dhcp";

function podOf(objects: readonly KubeObject[]): JsonObject {
  return fieldOf(only(objects, "Deployment", RELEASE), "spec.template.spec") as JsonObject;
}

function argsOf(objects: readonly KubeObject[]): readonly string[] {
  return fieldOf(podOf(objects), "containers.0.args") as readonly string[];
}

function imagesOf(objects: readonly KubeObject[]) {
  const agents = argsOf(objects).find((arg) => arg.startsWith("--image="))?.slice(8);
  return { controller: fieldOf(podOf(objects), "containers.0.image"), agents };
}

/** The version of the chart, which is that of its image. */
async function version(): Promise<string> {
  const labels = only(await render(), "Deployment", RELEASE).metadata.labels!;
  return labels["app.kubernetes.io/version"]!;
}

const IMAGES: readonly {
  name: string;
  values: JsonObject;
  controller: string;
  agents?: string;
}[] = [
  { name: "of the chart's version", values: {}, controller: `${OWN_IMAGE}:VERSION` },
  { name: "of a tag", values: { image: { tag: "v2" } }, controller: `${OWN_IMAGE}:v2` },
  {
    name: "of a digest",
    values: { image: { digest: DIGEST } },
    controller: `${OWN_IMAGE}@${DIGEST}`,
  },
  {
    name: "of a registry with a port, a tag and a digest",
    values: { image: { repository: "registry:5000/x", tag: "v2", digest: DIGEST } },
    controller: `registry:5000/x:v2@${DIGEST}`,
  },
  {
    name: "of another registry",
    values: { global: { imageRegistry: "registry.example.com:5000" } },
    controller: "registry.example.com:5000/vm-dhcp/vm-dhcp:VERSION",
  },
  {
    name: "of another registry, of a repository without one",
    values: {
      global: { imageRegistry: "registry.example.com/mirror/" },
      image: { repository: "rancher/x", tag: "v2" },
    },
    controller: "registry.example.com/mirror/rancher/x:v2",
  },
  {
    name: "of another tag for the agents",
    values: { agent: { image: { tag: "v3" } } },
    controller: `${OWN_IMAGE}:VERSION`,
    agents: `${OWN_IMAGE}:v3`,
  },
  {
    name: "of another tag for the agents of a pinned controller",
    values: { image: { digest: DIGEST }, agent: { image: { tag: "v3" } } },
    controller: `${OWN_IMAGE}@${DIGEST}`,
    agents: `${OWN_IMAGE}:v3`,
  },
  {
    name: "of another repository for the agents",
    values: {
      global: { imageRegistry: "localhost" },
      image: { repository: "quay.io/a/b", tag: "v2" },
      agent: { image: { repository: "quay.io/a/c" } },
    },
    controller: "localhost/a/b:v2",
    agents: "localhost/a/c:VERSION",
  },
];

for (const { name, values, controller, agents = controller } of IMAGES) {
  await integrationTest({
    name: `the image is the one ${name}, and the controller takes it for its agents`,
    needs: ["helm"],
    async run() {
      const found = imagesOf(await render({ values }));
      const now = await version();
      assert.deepEqual(found, {
        controller: controller.replace("VERSION", now),
        agents: agents.replace("VERSION", now),
      });
      assert.equal(parseImage(found.agents!), found.agents);
    },
  });
}

await integrationTest({
  name: "all pods have one image, which no node pulls that has it",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const text = JSON.stringify(objects);
    const images = [...text.matchAll(/"image":"([^"]+)"/g)].map(([, image]) => image);
    assert.deepEqual([...new Set(images)], [imagesOf(objects).agents]);
    assert.equal(images.length, 3, "controller, webhook and helm test");
    const policies = [...text.matchAll(/imagePullPolicy\W+(\w+)/g)].map(([, policy]) => policy);
    assert.deepEqual([...new Set(policies)], ["IfNotPresent"]);
  },
});

const FLAGS: readonly { name: string; values: JsonObject; has: readonly string[]; not?: RegExp }[] =
  [
    {
      name: "by default",
      values: {},
      has: ["--namespace=harvester-system", "--http=:8080", "--agent-replicas=2"],
      not: /debug|no-agent|service-cidr|service-account-name/,
    },
    {
      name: "without agents",
      values: { agent: { enabled: false } },
      has: ["--no-agent"],
      not: /image|replicas|template/,
    },
    {
      name: "that are set by values",
      values: {
        agent: { replicas: 3 },
        controller: {
          logLevel: "debug",
          extraArgs: ["--no-nic-metrics", "--auto-ippool=annotated"],
        },
      },
      has: ["--agent-replicas=3", "--debug", "--no-nic-metrics", "--auto-ippool=annotated"],
    },
  ];

for (const { name, values, has, not } of FLAGS) {
  await integrationTest({
    name: `the controller understands the flags that it gets ${name}`,
    needs: ["helm"],
    async run() {
      const args = argsOf(await render({ values }));
      parseFlags(controllerCommand.flags, args, {});
      for (const arg of has) assert.ok(args.includes(arg), `${arg} is not in ${args.join(" ")}`);
      if (not !== undefined) assert.doesNotMatch(args.join(" "), not);
    },
  });
}

/** Of the Pod Security Standard "restricted". */
function faultsOf(pod: JsonObject): readonly string[] {
  const containers = pod["containers"] as readonly JsonObject[];
  const pods = pod["securityContext"] as JsonObject;
  return [
    pods["runAsNonRoot"] === true ? "" : "runAsNonRoot",
    fieldOf(pods, "seccompProfile.type") === "RuntimeDefault" ? "" : "seccompProfile",
    ...["hostNetwork", "hostPID", "hostIPC"].map((field) => field in pod ? field : ""),
    ...containers.flatMap((container) => {
      const own = container["securityContext"] as JsonObject;
      return [
        own["allowPrivilegeEscalation"] === false ? "" : "allowPrivilegeEscalation",
        own["readOnlyRootFilesystem"] === true ? "" : "readOnlyRootFilesystem",
        fieldOf(own, "capabilities.drop.0") === "ALL" ? "" : "capabilities.drop",
        fieldOf(own, "capabilities.add") === undefined ? "" : "capabilities.add",
        fieldOf(container, "resources.limits.memory") ? "" : "resources.limits",
        fieldOf(container, "resources.requests.cpu") ? "" : "resources.requests",
      ];
    }),
  ].filter((fault) => fault !== "");
}

await integrationTest({
  name: "all pods of the chart meet the Pod Security Standard restricted, and have limits",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const pods = objects.flatMap(({ kind, spec }) =>
      kind === "Pod" ? [spec] : [fieldOf(spec, "template.spec")].filter(Boolean)
    ) as readonly JsonObject[];
    assert.equal(pods.length, 3, "controller, webhook and helm test");
    for (const pod of pods) assert.deepEqual(faultsOf(pod), []);
  },
});

await integrationTest({
  name: "a controller is probed, gets its token, and is there until its successor stands by",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const { strategy } = only(objects, "Deployment", RELEASE).spec as JsonObject;
    assert.deepEqual(fieldOf(strategy, "rollingUpdate"), { maxSurge: 1, maxUnavailable: 0 });
    const pod = podOf(objects);
    assert.equal(pod["automountServiceAccountToken"], true);
    const container = fieldOf(pod, "containers.0");
    assert.equal(fieldOf(container, "ports.0.containerPort"), 8080);
    for (
      const [probe, path] of [
        ["startupProbe", "/healthz"],
        ["livenessProbe", "/healthz"],
        ["readinessProbe", "/readyz"],
      ] as const
    ) assert.deepEqual(fieldOf(container, `${probe}.httpGet`), { path, port: "metrics" });
    assert.equal(fieldOf(only(objects, "Service", RELEASE), "spec.ports.0.targetPort"), "metrics");
  },
});

for (
  const { name, values, has } of [
    { name: "one controller has no PodDisruptionBudget", values: {}, has: false },
    { name: "two controllers have a PodDisruptionBudget", values: { replicaCount: 2 }, has: true },
    {
      name: "two controllers have no PodDisruptionBudget that is not wanted",
      values: { replicaCount: 2, controller: { podDisruptionBudget: { enabled: false } } },
      has: false,
    },
  ]
) {
  await integrationTest({
    name,
    needs: ["helm"],
    async run() {
      const budgets = (await render({ values })).filter(({ kind, metadata }) =>
        kind === "PodDisruptionBudget" && metadata.name === RELEASE
      );
      assert.equal(budgets.length, has ? 1 : 0);
      if (has) assert.equal(fieldOf(budgets[0], "spec.maxUnavailable"), 1);
    },
  });
}

await integrationTest({
  name: "controllers spread over nodes, and a constraint of one's own may say over what",
  needs: ["helm"],
  async run() {
    const labelSelector = {
      matchLabels: { "app.kubernetes.io/name": RELEASE, "app.kubernetes.io/instance": RELEASE },
    };
    const [constraint] = podOf(await render())["topologySpreadConstraints"] as JsonObject[];
    assert.equal(constraint!["topologyKey"], "kubernetes.io/hostname");
    assert.deepEqual(constraint!["labelSelector"], labelSelector);
    const own = { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule" };
    const other = { ...own, labelSelector: { matchLabels: { a: "b" } } };
    const values = { controller: { topologySpreadConstraints: [own, other] } };
    assert.deepEqual(podOf(await render({ values }))["topologySpreadConstraints"], [
      { ...own, labelSelector },
      other,
    ]);
  },
});

await integrationTest({
  name: "everything of a namespace is in that of the release, but the Role for the Lease",
  needs: ["helm"],
  async run() {
    const elsewhere = (await render()).filter(({ kind, metadata }) =>
      metadata.namespace !== NAMESPACE && !kind.startsWith("Cluster")
    );
    assert.deepEqual(elsewhere.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`), [
      "Role kube-system",
      "RoleBinding kube-system",
    ]);
  },
});
