/** What the chart makes for Prometheus, Grafana and the network, and for whom. */

import assert from "node:assert/strict";
import { isJsonEqual, type JsonObject, objectAt, valueAt } from "../../../lib/base/json.ts";
import { DEPLOYMENTS } from "../../../lib/api/resources.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { planAgents } from "../../../lib/reconcile/agent_deployment/agent_plan.ts";
import { parse } from "yaml";
import { findOperatorDefinitions } from "../../../tools/kubernetes/prometheus_operator.ts";
import { ApiConnection } from "../../support/apiserver/api_connection.ts";
import { makeNamespace } from "../../support/cluster/cluster_access.ts";
import { installDefinitions } from "../../support/cluster/definitions.ts";
import { sharedControlPlane } from "../../support/cluster/shared_control_plane.ts";
import { agentWorld } from "../../support/controller/agent_worlds.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { NAMESPACE, only, refusal, RELEASE, render, type RenderOptions } from "../helm.ts";
import { ALERTS_FILE, type RuleFile } from "./alert_rules.ts";
import { readDashboard } from "./dashboard.ts";

const OPERATOR: RenderOptions = { args: ["--api-versions=monitoring.coreos.com/v1"] };
const DASHBOARD = `${RELEASE}-dashboard`;
const WEBHOOK = `${RELEASE}-webhook`;

/** Values that switch one object on or off, by the object. */
const SWITCHES = {
  ServiceMonitor: "serviceMonitor",
  PodMonitor: "podMonitor",
  PrometheusRule: "prometheusRule",
  [DASHBOARD]: "grafanaDashboard",
};

/** Which of the objects of {@link SWITCHES} are made. */
async function madeWith(options: RenderOptions): Promise<readonly string[]> {
  const objects = await render(options);
  return Object.keys(SWITCHES).filter((each) =>
    objects.some(({ kind, metadata }) => [kind, metadata.name].includes(each))
  );
}

/** Labels and ports of the pods of a Deployment. */
function podsOf(deployment: KubeObject) {
  const template = objectAt(deployment["spec"], "template");
  const labels = objectAt(valueAt(template, "metadata"), "labels");
  const [container] = valueAt(template, "spec.containers") as readonly JsonObject[];
  const ports = container!["ports"] as readonly { name: string; containerPort: number }[];
  return {
    labels,
    ports: Object.fromEntries(ports.map((port) => [port.name, port.containerPort])),
  };
}

/** The pods of an agent, as a controller makes them. */
function agentPods() {
  const step = planAgents(agentWorld({})).steps.find(({ type }) => type === DEPLOYMENTS);
  return podsOf((step as unknown as { object: KubeObject }).object);
}

/** The port of the pods at which Prometheus asks. */
function targetOf(monitor: KubeObject, service: KubeObject): string {
  const [{ port }] = valueAt(monitor, "spec.endpoints") as [JsonObject];
  const ports = valueAt(service, "spec.ports") as readonly JsonObject[];
  return String(ports.find(({ name }) => name === port)?.["targetPort"]);
}

function assertSelects(selector: unknown, labels: JsonObject): void {
  const wanted = Object.entries(objectAt(selector, "matchLabels"));
  assert.ok(wanted.length > 0, "it selects everything");
  for (const [label, value] of wanted) assert.equal(labels[label], value, label);
}

await integrationTest({
  name: "auto follows the cluster, and true and false do not",
  needs: ["helm"],
  run: async () => {
    const all = Object.keys(SWITCHES);
    assert.deepEqual(await madeWith({}), []);
    assert.deepEqual(await madeWith(OPERATOR), all);
    for (const [object, key] of Object.entries(SWITCHES)) {
      const on = await madeWith({ values: { [key]: { enabled: true } } });
      assert.deepEqual(on, [object]);
      const off = await madeWith({ ...OPERATOR, values: { [key]: { enabled: false } } });
      assert.deepEqual(off, all.filter((each) => each !== object));
    }
    assert.match(
      await refusal({ serviceMonitor: { enabled: "yes" } }),
      /serviceMonitor[./]enabled/,
    );
  },
});

await integrationTest({
  name: "Prometheus scrapes controllers, webhooks and agents at ports that they have",
  needs: ["helm"],
  run: async () => {
    const values = {
      serviceMonitor: { interval: "30s", labels: { release: "stack" } },
      podMonitor: { interval: "1m" },
    };
    const objects = await render({ ...OPERATOR, values });
    const monitor = only(objects, "ServiceMonitor", RELEASE);
    assert.equal(monitor.metadata.labels?.["release"], "stack");
    const service = only(objects, "Service", RELEASE);
    assertSelects(valueAt(monitor, "spec.selector"), { ...service.metadata.labels });
    const [{ interval }] = valueAt(monitor, "spec.endpoints") as [JsonObject];
    assert.equal(interval, "30s");
    const { ports: ofController } = podsOf(only(objects, "Deployment", RELEASE));
    assert.equal(ofController[targetOf(monitor, service)], 8080);

    const webhookMonitor = only(objects, "ServiceMonitor", WEBHOOK);
    assert.equal(webhookMonitor.metadata.labels?.["release"], "stack");
    const webhookService = only(objects, "Service", WEBHOOK);
    assertSelects(valueAt(webhookMonitor, "spec.selector"), { ...webhookService.metadata.labels });
    assert.equal(targetOf(webhookMonitor, webhookService), "metrics");
    const { ports: ofWebhook } = podsOf(only(objects, "Deployment", WEBHOOK));
    assert.equal(ofWebhook["metrics"], 8080);

    const podMonitor = only(objects, "PodMonitor");
    const agents = agentPods();
    assertSelects(valueAt(podMonitor, "spec.selector"), agents.labels);
    const [endpoint] = valueAt(podMonitor, "spec.podMetricsEndpoints") as [JsonObject];
    assert.equal(endpoint["interval"], "1m");
    assert.equal(agents.ports[String(endpoint["port"])], 8080);
    for (const each of [monitor, webhookMonitor, podMonitor]) {
      assert.deepEqual(valueAt(each, "spec.namespaceSelector.matchNames"), [NAMESPACE]);
    }
  },
});

await integrationTest({
  name:
    "PrometheusRule and ConfigMap have the files in them, without alerts of a webhook that is left out",
  needs: ["helm"],
  run: async () => {
    const namespace = "cattle-dashboards";
    const values = { grafanaDashboard: { namespace, labels: { team: "network" } } };
    const objects = await render({ ...OPERATOR, values });
    const rule = only(objects, "PrometheusRule");
    assert.deepEqual(rule["spec"], parse(await Deno.readTextFile(ALERTS_FILE)));
    const { data, metadata } = only(objects, "ConfigMap", DASHBOARD) as KubeObject & {
      readonly data: Readonly<Record<string, string>>;
    };
    const without = await render({ ...OPERATOR, values: { webhook: { enabled: false } } });
    const { groups } = only(without, "PrometheusRule")["spec"] as RuleFile;
    const { groups: all }: RuleFile = parse(await Deno.readTextFile(ALERTS_FILE));
    assert.deepEqual(groups, all.filter(({ name }) => name !== "vm-dhcp.webhook"));
    assert.equal(metadata.namespace, namespace);
    assert.equal(metadata.labels?.["grafana_dashboard"], "1");
    assert.equal(metadata.labels?.["team"], "network");
    assert.ok(isJsonEqual(JSON.parse(data["vm-dhcp.json"]!), readDashboard()));
  },
});

await integrationTest({
  name:
    "NetworkPolicies are made when asked for, and leave open what controllers, agents and webhooks need",
  needs: ["helm"],
  run: async () => {
    const values = { networkPolicy: { enabled: true, apiServerPorts: [8443] } };
    const none = (await render(OPERATOR)).filter(({ kind }) => kind === "NetworkPolicy");
    assert.deepEqual(none, []);
    const objects = await render({ values });
    const ofController = only(objects, "NetworkPolicy", RELEASE);
    const ofAgents = only(objects, "NetworkPolicy", `${RELEASE}-agents`);
    const ofWebhook = only(objects, "NetworkPolicy", WEBHOOK);
    const webhook = podsOf(only(objects, "Deployment", WEBHOOK));
    assertSelects(valueAt(ofWebhook, "spec.podSelector"), webhook.labels);
    const { https, metrics } = webhook.ports;
    assert.deepEqual(rulesOf(ofWebhook, "ingress"), [`any ${https}`, `any ${metrics}`]);
    assert.deepEqual(rulesOf(ofWebhook, "egress"), ["any 8443", "any 53,53"]);
    const controller = podsOf(only(objects, "Deployment", RELEASE));
    const agents = agentPods();
    assertSelects(valueAt(ofController, "spec.podSelector"), controller.labels);
    assertSelects(valueAt(ofAgents, "spec.podSelector"), agents.labels);
    assert.deepEqual(rulesOf(ofController, "ingress"), ["any 8080"]);
    const { http, report } = agents.ports;
    assert.deepEqual(rulesOf(ofAgents, "ingress"), [`any ${http}`, `pods ${report}`]);
    assert.deepEqual(rulesOf(ofAgents, "egress"), ["any 8443", "any 53,53"]);
    assert.deepEqual(rulesOf(ofController, "egress"), [
      ...["any 8443", "any 53,53", `pods ${report}`],
    ]);
    assertSelects(peerOf(ofAgents, "ingress"), controller.labels);
    assertSelects(peerOf(ofController, "egress"), agents.labels);
  },
});

type Direction = "ingress" | "egress";

interface PolicyRule {
  readonly ports: readonly { readonly port: number }[];
  readonly from?: readonly JsonObject[];
  readonly to?: readonly JsonObject[];
}

function policyRules(policy: KubeObject, direction: Direction): readonly PolicyRule[] {
  return valueAt(policy, `spec.${direction}`) as readonly PolicyRule[];
}

/** Its rules, such as `any 8080`. */
function rulesOf(policy: KubeObject, direction: Direction): readonly string[] {
  return policyRules(policy, direction).map(({ ports, from, to }) =>
    `${from ?? to ? "pods" : "any"} ${ports.map(({ port }) => port).join()}`
  );
}

/** The pods that a rule is about. */
function peerOf(policy: KubeObject, direction: Direction): unknown {
  const peers = policyRules(policy, direction).flatMap(({ from, to }) => from ?? to ?? []);
  assert.equal(peers.length, 1);
  return peers[0]!["podSelector"];
}

/** Where objects of a kind are created. */
const PATHS: Readonly<Record<string, (namespace: string) => string>> = {
  ServiceMonitor: (at) => `/apis/monitoring.coreos.com/v1/namespaces/${at}/servicemonitors`,
  PodMonitor: (at) => `/apis/monitoring.coreos.com/v1/namespaces/${at}/podmonitors`,
  PrometheusRule: (at) => `/apis/monitoring.coreos.com/v1/namespaces/${at}/prometheusrules`,
  NetworkPolicy: (at) => `/apis/networking.k8s.io/v1/namespaces/${at}/networkpolicies`,
  ConfigMap: (at) => `/api/v1/namespaces/${at}/configmaps`,
};

await integrationTest({
  name:
    "a kube-apiserver with the definitions of the Prometheus operator takes what the chart makes",
  needs: ["helm", "kube", "Prometheus operator"],
  run: async () => {
    const access = await sharedControlPlane();
    const namespace = await makeNamespace(access, "monitoring");
    using api = new ApiConnection(access);
    const paths = await findOperatorDefinitions() ?? [];
    const definitions = paths.map((path): JsonObject => parse(Deno.readTextFileSync(path)));
    try {
      await installDefinitions(api, definitions);
      const values = {
        serviceMonitor: { interval: "1m30s" },
        podMonitor: { interval: "30s" },
        networkPolicy: { enabled: true },
      };
      const objects = await render({ ...OPERATOR, namespace, values });
      const ours = objects.filter(({ kind = "" }) => Object.hasOwn(PATHS, kind));
      assert.deepEqual(
        [...new Set(ours.map(({ kind }) => kind))].sort(),
        Object.keys(PATHS).sort(),
      );
      for (const object of ours) {
        const path = `${PATHS[object.kind!]!(namespace)}?dryRun=All&fieldValidation=Strict`;
        const { status, text } = await api.send("POST", path, { body: object as JsonObject });
        assert.equal(status, 201, text);
      }
    } finally {
      for (const definition of definitions) {
        const name = String(valueAt(definition, "metadata.name"));
        await api.send("DELETE", `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}`);
      }
    }
  },
});
