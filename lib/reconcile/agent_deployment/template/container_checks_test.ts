/** What a template may not say about containers. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../base/json.ts";
import { parseAgentPodTemplate } from "./pod_template.ts";

const AGENT = "spec.containers[0]";

/** A template with this beside the name of the agent. */
function agent(fields: JsonObject): JsonObject {
  return { spec: { containers: [{ name: "agent", ...fields }] } };
}

const REFUSED: readonly { name: string; template: unknown; field: string; says: RegExp }[] = [
  {
    name: "a container without a name",
    template: { spec: { containers: [{ image: "x" }] } },
    field: `${AGENT}.name`,
    says: /is required/,
  },
  {
    name: "a container that is nearly the agent",
    template: { spec: { containers: [{ name: "agents", resources: {} }] } },
    field: `${AGENT}.image`,
    says: /beside the agent, which is called agent/,
  },
  {
    name: "the agent twice",
    template: { spec: { containers: [{ name: "agent" }, { name: "agent" }] } },
    field: "spec.containers[1].name",
    says: /stands twice/,
  },
  {
    name: "the agent as an init container",
    template: { spec: { initContainers: [{ name: "agent", image: "x" }] } },
    field: "spec.initContainers[0].name",
    says: /choose another/,
  },
  { name: "an image", template: agent({ image: "x" }), field: `${AGENT}.image`, says: /--image/ },
  {
    name: "arguments",
    template: agent({ args: [] }),
    field: `${AGENT}.args`,
    says: /leave it out/,
  },
  {
    name: "a command",
    template: agent({ command: ["sh"] }),
    field: `${AGENT}.command`,
    says: /set by/,
  },
  {
    name: "a variable of the controller",
    template: agent({ env: [{ name: "POD_IP", value: "1.2.3.4" }] }),
    field: `${AGENT}.env[0].name`,
    says: /choose another/,
  },
  {
    name: "a variable that is a number",
    template: agent({ env: [{ name: "MALLOC_ARENA_MAX", value: 2 }] }),
    field: `${AGENT}.env[0].value`,
    says: /put it in quotes: "2"/,
  },
  {
    name: "another port with the name of one of the controller's",
    template: agent({ ports: [{ name: "http", containerPort: 9090 }] }),
    field: `${AGENT}.ports[0].name`,
    says: /choose another/,
  },
  {
    name: "a mount over the snapshot",
    template: agent({ volumeMounts: [{ name: "x", mountPath: "/var/lib/vm-dhcp/agent" }] }),
    field: `${AGENT}.volumeMounts[0].mountPath`,
    says: /choose another/,
  },
  {
    name: "a volume of the controller",
    template: { spec: { volumes: [{ name: "report", emptyDir: {} }] } },
    field: "spec.volumes[0].name",
    says: /choose another/,
  },
  {
    name: "another check",
    template: agent({ readinessProbe: { exec: { command: ["true"] } } }),
    field: `${AGENT}.readinessProbe.exec`,
    says: /leave it out/,
  },
  {
    name: "no check",
    template: agent({ readinessProbe: null }),
    field: `${AGENT}.readinessProbe`,
    says: /must be an object/,
  },
  {
    name: "an invalid amount",
    template: agent({ resources: { limits: { memory: "256MB" } } }),
    field: `${AGENT}.resources.limits.memory`,
    says: /such as 100m, 0\.5 or 256Mi, not "256MB"/,
  },
  {
    name: "a limit below the request of the controller",
    template: agent({ resources: { limits: { memory: "64Mi" } } }),
    field: `${AGENT}.resources.limits.memory`,
    says: /request 96Mi is more than the limit 64Mi; raise it, or lower resources.requests.memory/,
  },
  {
    name: "a request above the limit of the controller",
    template: agent({ resources: { requests: { memory: "1Gi" } } }),
    field: `${AGENT}.resources.requests.memory`,
    says: /request 1Gi is more than the limit 256Mi; lower it/,
  },
  {
    name: "limits that are a list",
    template: agent({ resources: { limits: [] } }),
    field: `${AGENT}.resources.limits`,
    says: /must be an object/,
  },
  {
    name: "a privileged agent",
    template: agent({ securityContext: { privileged: true } }),
    field: `${AGENT}.securityContext.privileged`,
    says: /more than an agent needs/,
  },
  ...[
    { securityContext: null, field: "" },
    { securityContext: { capabilities: null }, field: ".capabilities" },
    { securityContext: { capabilities: { add: [] } }, field: ".capabilities.add" },
    { securityContext: { capabilities: { add: null } }, field: ".capabilities.add" },
    { securityContext: { capabilities: { drop: ["NET_RAW"] } }, field: ".capabilities.drop" },
    { securityContext: { runAsUser: 1000 }, field: ".runAsUser" },
    { securityContext: { runAsUser: null }, field: ".runAsUser" },
    { securityContext: { runAsNonRoot: true }, field: ".runAsNonRoot" },
  ].map(({ securityContext, field }) => ({
    name: `what takes NET_RAW away: ${JSON.stringify(securityContext)}`,
    template: agent({ securityContext }),
    field: `${AGENT}.securityContext${field}`,
    says: /NET_RAW|must be an object/,
  })),
];

for (const { name, template, field, says } of REFUSED) {
  Deno.test(`parseAgentPodTemplate() refuses ${name}`, () => {
    const parsed = parseAgentPodTemplate(template);
    assert.ok(!parsed.ok, "it is allowed");
    assert.deepEqual(parsed.errors.map((error) => error.field), [field]);
    assert.match(parsed.errors[0]!.message, says);
  });
}
