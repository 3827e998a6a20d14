/** What a template may say, and what is refused with which words. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../../base/json.ts";
import { parseAgentPodTemplate } from "./pod_template.ts";

/** A template with this beside the name of the agent. */
function agent(fields: JsonObject): JsonObject {
  return { spec: { containers: [{ name: "agent", ...fields }] } };
}

const ALLOWED: readonly { name: string; template: JsonObject }[] = [
  { name: "nothing", template: {} },
  {
    name: "labels and annotations",
    template: {
      metadata: { labels: { team: "a", "example.com/x": "" }, annotations: { x: "{}" } },
    },
  },
  {
    name: "tolerations, a node selector, a class and a secret",
    template: {
      spec: {
        tolerations: [{ key: "gpu", operator: "Exists", tolerationSeconds: 5 }],
        nodeSelector: { "example.com/rack": "1" },
        priorityClassName: "system-node-critical",
        runtimeClassName: "kata",
        imagePullSecrets: [{ name: "registry" }],
        terminationGracePeriodSeconds: 10,
      },
    },
  },
  { name: "no tolerations", template: { spec: { tolerations: [] } } },
  { name: "no class", template: { spec: { priorityClassName: null } } },
  {
    name: "an affinity of its own",
    template: {
      spec: {
        affinity: {
          podAntiAffinity: null,
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }],
            },
          },
        },
      },
    },
  },
  {
    name: "resources",
    template: agent({
      resources: { requests: { cpu: 1, memory: "128Mi" }, limits: { memory: "1Gi" } },
    }),
  },
  { name: "no limits", template: agent({ resources: { limits: null } }) },
  { name: "a variable", template: agent({ env: [{ name: "TZ", value: "UTC" }] }) },
  { name: "a probe with more patience", template: agent({ livenessProbe: { periodSeconds: 30 } }) },
  {
    name: "a sidecar with its volume",
    template: {
      spec: {
        containers: [{
          name: "proxy",
          image: "proxy:1",
          args: ["--x"],
          ports: [{ containerPort: 53 }, { containerPort: 53, protocol: "UDP" }],
        }],
        volumes: [{ name: "certs", emptyDir: {} }],
      },
    },
  },
  {
    name: "one capability more",
    template: agent({ securityContext: { capabilities: { add: ["NET_RAW", "SYS_PTRACE"] } } }),
  },
];

for (const { name, template } of ALLOWED) {
  Deno.test(`parseAgentPodTemplate() allows ${name}`, () => {
    assert.deepEqual(parseAgentPodTemplate(template), { ok: true, value: template });
  });
}

const REFUSED: readonly { name: string; template: unknown; field: string; says: RegExp }[] = [
  { name: "an empty file", template: null, field: "", says: /fields metadata and spec/ },
  { name: "a list", template: [], field: "", says: /must be an object/ },
  {
    name: "a whole PodTemplate",
    template: { template: { spec: {} } },
    field: "template",
    says: /one level too many/,
  },
  { name: "a typing error", template: { sepc: {} }, field: "sepc", says: /did you mean spec\?/ },
  { name: "no spec", template: { spec: null }, field: "spec", says: /must be an object, not null/ },
  {
    name: "no labels",
    template: { metadata: { labels: null } },
    field: "metadata.labels",
    says: /must be an object/,
  },
  {
    name: "another name",
    template: { metadata: { name: "x" } },
    field: "metadata.name",
    says: /is not known/,
  },
  {
    name: "a label of agents",
    template: { metadata: { labels: { "network.harvesterhci.io/ippool-name": "x" } } },
    field: 'metadata.labels["network.harvesterhci.io/ippool-name"]',
    says: /set by the controller; leave it out/,
  },
  {
    name: "other networks",
    template: { metadata: { annotations: { "k8s.v1.cni.cncf.io/networks": "x" } } },
    field: 'metadata.annotations["k8s.v1.cni.cncf.io/networks"]',
    says: /set by the controller/,
  },
  {
    name: "a number as a label",
    template: { metadata: { labels: { team: 1 } } },
    field: 'metadata.labels["team"]',
    says: /put it in quotes: "1"/,
  },
  {
    name: "a value that is no label",
    template: { metadata: { labels: { team: "a b" } } },
    field: 'metadata.labels["team"]',
    says: /at most 63 letters/,
  },
  {
    name: "a name that is no label",
    template: { metadata: { labels: { "a/b/c": "x" } } },
    field: 'metadata.labels["a/b/c"]',
    says: /not a name such as/,
  },
  {
    name: "a field that does not exist",
    template: { spec: { tolerartions: [] } },
    field: "spec.tolerartions",
    says: /did you mean tolerations\?/,
  },
  {
    name: "a directive",
    template: { spec: { $patch: "replace" } },
    field: "spec.$patch",
    says: /take a field away with null/,
  },
  ...["hostNetwork", "hostPID", "hostIPC"].map((field) => ({
    name: `${field}`,
    template: { spec: { [field]: true } },
    field: `spec.${field}`,
    says: /out of its network namespace.*leave it out/,
  })),
  {
    name: "an account",
    template: { spec: { serviceAccountName: "x" } },
    field: "spec.serviceAccountName",
    says: /--service-account-name/,
  },
  {
    name: "no token",
    template: { spec: { automountServiceAccountToken: false } },
    field: "spec.automountServiceAccountToken",
    says: /needs its token/,
  },
  {
    name: "one node",
    template: { spec: { nodeName: "a" } },
    field: "spec.nodeName",
    says: /use nodeSelector/,
  },
  {
    name: "another type",
    template: { spec: { tolerations: {} } },
    field: "spec.tolerations",
    says: /must be a list, not \{\}/,
  },
  {
    name: "no containers",
    template: { spec: { containers: null } },
    field: "spec.containers",
    says: /must be a list, not null/,
  },
  {
    name: "a toleration with a typing error",
    template: { spec: { tolerations: [{ tolerationSecond: 1 }] } },
    field: "spec.tolerations[0].tolerationSecond",
    says: /did you mean tolerationSeconds\?/,
  },
  {
    name: "terms that are no list",
    template: {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: "x" },
          },
        },
      },
    },
    field:
      "spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms",
    says: /must be a list/,
  },
  {
    name: "a pod without root",
    template: { spec: { securityContext: { runAsNonRoot: true } } },
    field: "spec.securityContext.runAsNonRoot",
    says: /NET_RAW/,
  },
];

for (const { name, template, field, says } of REFUSED) {
  Deno.test(`parseAgentPodTemplate() refuses ${name}`, () => {
    const parsed = parseAgentPodTemplate(template);
    assert.ok(!parsed.ok, "it is allowed");
    assert.deepEqual(parsed.errors.map((error) => error.field), [field]);
    assert.match(parsed.errors[0]!.message, says);
  });
}

Deno.test("parseAgentPodTemplate() names everything that is wrong at once", () => {
  const template = { spec: { hostNetwork: true, containers: [{ name: "agent", image: "x" }] } };
  const parsed = parseAgentPodTemplate(template);
  assert.deepEqual(parsed.ok ? [] : parsed.errors.map(({ field }) => field), [
    "spec.hostNetwork",
    "spec.containers[0].image",
  ]);
});
