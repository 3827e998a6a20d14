/** The pod of an agent, and what a template makes of it. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../base/json.ts";
import { POOL, SETTINGS } from "../../../../tests/support/controller/agent_worlds.ts";
import type { AgentPodTemplate, AgentSettings } from "../agent_world.ts";
import { parseAgentPodTemplate } from "../template/pod_template.ts";
import { agentPodTemplateOf } from "./agent_pod.ts";

function podOf(settings: Partial<AgentSettings> = {}) {
  const { metadata, spec } = agentPodTemplateOf({
    pool: POOL,
    network: { namespace: "vms", name: "net-48" },
    clusterNetwork: "vlan",
    image: "registry/vm-dhcp:v1",
    serviceAccountName: "account",
    settings: { ...SETTINGS, ...settings },
  });
  return { metadata: metadata!, spec: spec!, agent: spec!.containers[0]! };
}

/** With a template that is allowed. */
function podWith(template: JsonObject) {
  const parsed = parseAgentPodTemplate(template);
  assert.ok(parsed.ok);
  return podOf({ template: parsed.value as AgentPodTemplate });
}

const OURS = [
  { key: "network.harvesterhci.io/vlan", operator: "In", values: ["true"] },
  { key: "node-role.harvesterhci.io/witness", operator: "DoesNotExist" },
];

Deno.test("agentPodTemplateOf() attaches eth1 to the network, with its namespace", () => {
  const { "k8s.v1.cni.cncf.io/networks": networks } = podOf().metadata.annotations!;
  assert.deepEqual(JSON.parse(networks!), [
    { namespace: "vms", name: "net-48", interface: "eth1" },
  ]);
});

Deno.test("agentPodTemplateOf() gives the agent its pool, and --dry-run only where nothing is sent", () => {
  const { agent: { command, args } } = podOf();
  assert.deepEqual([...command!, ...args!.slice(0, 5)], [
    ...["vm-dhcp", "agent", "--ippool", "default/net-48", "--nic", "eth1"],
  ]);
  assert.ok(!args!.includes("--dry-run"));
  assert.deepEqual(podOf({ dryRun: true }).agent.args, [...args!, "--dry-run"]);
});

Deno.test("agentPodTemplateOf() leaves an agent one capability and nothing of the host", () => {
  const { agent, spec } = podOf();
  assert.deepEqual(agent.securityContext, {
    runAsNonRoot: undefined,
    runAsUser: 0,
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"], add: ["NET_RAW"] },
    seccompProfile: { type: "RuntimeDefault" },
  });
  assert.equal(spec.hostNetwork, undefined);
  assert.equal(spec.initContainers, undefined);
  for (const volume of spec.volumes!) assert.equal(volume.hostPath, undefined);
});

Deno.test("agentPodTemplateOf() requires nodes of the cluster network that are no witnesses", () => {
  const { nodeAffinity } = podOf().spec.affinity!;
  assert.deepEqual(nodeAffinity, {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: [{ matchExpressions: OURS }],
    },
  });
});

Deno.test("a template cannot loosen what is required of nodes, only narrow each of its terms", () => {
  const mine = [{ key: "rack", operator: "In", values: ["1"] }];
  const terms = [{ matchExpressions: mine }, { matchFields: mine }];
  const { affinity } = podWith({
    spec: {
      affinity: {
        podAntiAffinity: null,
        nodeAffinity: {
          requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: terms },
        },
      },
    },
  }).spec;
  assert.deepEqual(affinity, {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [
          { matchExpressions: [...OURS, ...mine] },
          { matchFields: mine, matchExpressions: OURS },
        ],
      },
    },
  });
  const without = podWith({ spec: { affinity: null } }).spec.affinity;
  assert.deepEqual(without, { nodeAffinity: podOf().spec.affinity!.nodeAffinity });
});

Deno.test("a template is merged: maps and named items, the rest is replaced", () => {
  const { metadata, spec, agent } = podWith({
    metadata: { labels: { team: "a" }, annotations: { note: "x" } },
    spec: {
      tolerations: [{ operator: "Exists" }],
      nodeSelector: { rack: "1" },
      priorityClassName: null,
      imagePullSecrets: [{ name: "registry" }],
      volumes: [{ name: "certs", secret: { secretName: "certs" } }],
      containers: [
        { name: "proxy", image: "proxy:1" },
        {
          name: "agent",
          env: [{ name: "MALLOC_ARENA_MAX", value: "2" }, { name: "TZ", value: "UTC" }],
          resources: { requests: { cpu: "20m" }, limits: { memory: null } },
          volumeMounts: [{ name: "certs", mountPath: "/certs" }],
          livenessProbe: { periodSeconds: 30 },
          securityContext: { readOnlyRootFilesystem: false },
        },
      ],
    },
  });
  const own = podOf();
  assert.deepEqual(metadata.labels, { ...own.metadata.labels, team: "a" });
  assert.deepEqual(metadata.annotations, { ...own.metadata.annotations, note: "x" });
  assert.deepEqual(spec.tolerations, [{ operator: "Exists" }]);
  assert.deepEqual(spec.nodeSelector, { rack: "1" });
  assert.equal("priorityClassName" in spec, false);
  assert.deepEqual(spec.volumes!.map(({ name }) => name), ["snapshot", "report", "certs"]);
  assert.deepEqual(spec.containers.map(({ name }) => name), ["agent", "proxy"]);
  assert.deepEqual(agent.env!.map(({ name, value }) => [name, value]), [
    ["POD_IP", undefined],
    ["VM_DHCP_AGENT_NAME", undefined],
    ["MALLOC_ARENA_MAX", "2"],
    ["TZ", "UTC"],
  ]);
  assert.deepEqual(agent.resources, { requests: { cpu: "20m", memory: "96Mi" }, limits: {} });
  assert.deepEqual(agent.volumeMounts!.map(({ mountPath }) => mountPath), [
    ...["/var/lib/vm-dhcp/agent", "/etc/vm-dhcp/report", "/certs"],
  ]);
  assert.deepEqual(agent.livenessProbe, { ...own.agent.livenessProbe, periodSeconds: 30 });
  assert.deepEqual(agent.securityContext, {
    ...own.agent.securityContext,
    readOnlyRootFilesystem: false,
  });
});
