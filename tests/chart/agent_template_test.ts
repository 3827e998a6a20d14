/** What the values say about agents, as the controller reads it. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { JsonObject } from "../../lib/base/json.ts";
import { parseAgentPodTemplate } from "../../lib/reconcile/agent_deployment/template/pod_template.ts";
import { agentPodTemplateOf } from "../../lib/reconcile/agent_deployment/wish/agent_pod.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { fieldOf, only, RELEASE, render } from "./helm.ts";

/** The template of the pods of a pool, as a controller makes it that reads the chart's file. */
async function agentPod(values: JsonObject): Promise<JsonObject> {
  const file = fieldOf(only(await render({ values }), "ConfigMap"), "data.template\\.yaml");
  const template = parseAgentPodTemplate(parse(String(file)));
  assert.ok(template.ok, JSON.stringify(template));
  return { ...podOf({ template: template.value }) };
}

function podOf(settings: { readonly template: JsonObject | undefined }) {
  return agentPodTemplateOf({
    pool: { namespace: "default", name: "net-48" },
    network: { namespace: "default", name: "net-48" },
    clusterNetwork: "mgmt",
    image: "vm-dhcp",
    serviceAccountName: "agent",
    settings: { ...settings, dryRun: false },
  });
}

const PLAIN: JsonObject = { ...podOf({ template: undefined }) };
const PLAIN_TOLERATIONS = fieldOf(PLAIN, "spec.tolerations") as readonly JsonObject[];

await integrationTest({
  name: "agents are as the controller makes them by itself, when the values say nothing",
  needs: ["helm"],
  async run() {
    assert.deepEqual(await agentPod({}), PLAIN);
  },
});

const TAINT = { key: "example.com/dhcp", operator: "Exists" };

const CHANGES: readonly {
  name: string;
  values: JsonObject;
  has: Readonly<Record<string, unknown>>;
}[] = [
  {
    name: "resources, with the others as they are",
    values: { agent: { resources: { requests: { cpu: "50m" } } } },
    has: {
      "spec.containers.0.resources.requests": { cpu: "50m", memory: "96Mi" },
      "spec.containers.0.resources.limits": { memory: "256Mi" },
    },
  },
  {
    name: "tolerations, beside those by which lost nodes are left soon",
    values: { agent: { tolerations: [TAINT] } },
    has: { "spec.tolerations": [...PLAIN_TOLERATIONS, TAINT] },
  },
  {
    name: "a priority class",
    values: { agent: { priorityClassName: "low" } },
    has: { "spec.priorityClassName": "low" },
  },
  {
    name: "labels of nodes",
    values: { agent: { nodeSelector: { rack: "a" } } },
    has: { "spec.nodeSelector": { rack: "a" } },
  },
  {
    name: "secrets of registries, of the chart and of its parent, each once",
    values: {
      imagePullSecrets: [{ name: "a" }, "b"],
      global: { imagePullSecrets: ["b", { name: "c" }] },
    },
    has: { "spec.imagePullSecrets": [{ name: "a" }, { name: "b" }, { name: "c" }] },
  },
  {
    name: "the policy for images of the controller",
    values: { image: { pullPolicy: "Always" } },
    has: { "spec.containers.0.imagePullPolicy": "Always" },
  },
  {
    name: "a policy for images of their own",
    values: { image: { pullPolicy: "Always" }, agent: { image: { pullPolicy: "Never" } } },
    has: { "spec.containers.0.imagePullPolicy": "Never" },
  },
  {
    name: "a part of a template, which wins, and adds a container",
    values: {
      agent: {
        resources: { requests: { cpu: "50m" } },
        podTemplate: {
          metadata: { labels: { team: "network" } },
          spec: {
            priorityClassName: "high",
            containers: [
              { name: "capture", image: "capture" },
              {
                name: "agent",
                resources: { requests: { cpu: "70m" } },
                env: [{ name: "TZ", value: "UTC" }],
              },
            ],
          },
        },
      },
    },
    has: {
      "metadata.labels.team": "network",
      "spec.priorityClassName": "high",
      "spec.containers.0.resources.requests.cpu": "70m",
      "spec.containers.1": { name: "capture", image: "capture" },
    },
  },
];

for (const { name, values, has } of CHANGES) {
  await integrationTest({
    name: `the values give agents ${name}`,
    needs: ["helm"],
    async run() {
      const pod = await agentPod(values);
      for (const [path, value] of Object.entries(has)) {
        assert.deepEqual(fieldOf(pod, path), value, path);
      }
    },
  });
}

await integrationTest({
  name: "another template rolls the controllers, which read it when they start",
  needs: ["helm"],
  async run() {
    const sums = await Promise.all([
      {},
      { agent: { replicas: 3 } },
      { agent: { resources: { requests: { cpu: "50m" } } } },
      { imagePullSecrets: [{ name: "a" }] },
    ].map(async (values) =>
      fieldOf(
        only(await render({ values }), "Deployment", RELEASE),
        "spec.template.metadata.annotations.checksum/agent-pod-template",
      )
    ));
    assert.equal(sums[0], sums[1]);
    assert.equal(new Set(sums).size, 3);
  },
});
