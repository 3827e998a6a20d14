/** Values that the chart refuses, and whether what it says helps. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { refusal } from "./helm.ts";

const DIGEST = `sha256:${"0a".repeat(32)}`;

const REFUSED: readonly { name: string; values: JsonObject; says: readonly RegExp[] }[] = [
  {
    name: "an unknown value lists those that there are",
    values: { replicas: 2 },
    says: [/at '': .*'replicas' not allowed/, /value must be one of .*'replicaCount'/],
  },
  {
    name: "an unknown value of a group lists those of the group",
    values: { agent: { replicaCount: 2 } },
    says: [/at '\/agent': .*'replicaCount' not allowed/, /value must be one of .*'replicas'/],
  },
  {
    name: "an unknown value deep in groups",
    values: { controller: { podDisruptionBudget: { minAvailable: 1 } } },
    says: [/at '\/controller\/podDisruptionBudget': .*'minAvailable' not allowed/, /'enabled'/],
  },
  {
    name: "a group that is taken away",
    values: { agent: null },
    says: [/missing property 'agent'/],
  },
  {
    name: "no controllers",
    values: { replicaCount: 0 },
    says: [/at '\/replicaCount': minimum: got 0, want 1/],
  },
  {
    name: "more agents than a pool may have",
    values: { agent: { replicas: 9 } },
    says: [/at '\/agent\/replicas': maximum: got 9, want 5/],
  },
  {
    name: "a number of agents that is a text",
    values: { agent: { replicas: "2" } },
    says: [/at '\/agent\/replicas': got string, want integer/],
  },
  {
    name: "a switch that is a text",
    values: { crds: { manage: "yes" } },
    says: [/at '\/crds\/manage': got string, want boolean/],
  },
  {
    name: "a tag that YAML takes for a number",
    values: { image: { tag: 1.1 } },
    says: [/at '\/image\/tag': got number, want string/],
  },
  {
    name: "a malformed digest",
    values: { image: { digest: "sha256:0a1b" } },
    says: [/at '\/image\/digest': 'sha256:0a1b' does not match pattern '.*\{64\}/],
  },
  {
    name: "a policy that does not exist",
    values: { agent: { image: { pullPolicy: "Sometimes" } } },
    says: [/at '\/agent\/image\/pullPolicy': value must be one of .*'IfNotPresent'/],
  },
  {
    name: "a level of the log that does not exist",
    values: { controller: { logLevel: "trace" } },
    says: [/at '\/controller\/logLevel': value must be one of 'info', 'debug'/],
  },
  {
    name: "a label that is no text",
    values: { podLabels: { tier: 1 } },
    says: [/at '\/podLabels\/tier': got number, want string/],
  },
  {
    name: "a flag without dashes",
    values: { controller: { extraArgs: ["enable-cache-dump-api"] } },
    says: [/at '\/controller\/extraArgs\/0': 'enable-cache-dump-api' does not match pattern/],
  },
  {
    name: "a repository with a tag",
    values: { image: { repository: "registry:5000/vm-dhcp:v1" } },
    says: [/image\.repository: "registry:5000\/vm-dhcp:v1" has a tag; .* into image\.tag/],
  },
  {
    name: "a repository with a digest",
    values: { agent: { image: { repository: `vm-dhcp@${DIGEST}` } } },
    says: [/agent\.image\.repository: .* has a digest; .* into agent\.image\.digest/],
  },
  {
    name: "a repository with the scheme of a URL",
    values: { image: { repository: "https://registry.example.com/vm-dhcp" } },
    says: [/image\.repository: .* is not the name of a repository, such as/],
  },
  ...["registry.example.com/", "/vm-dhcp", "a//b", "Rancher/vm-dhcp", "vm-dhcp-"].map((
    repository,
  ) => ({
    name: `the repository ${repository}`,
    values: { image: { repository } },
    says: [/image\.repository: .* is not the name of a repository, such as/],
  })),
  {
    name: "no repository",
    values: { image: { repository: "" } },
    says: [/image\.repository: is empty; name the repository/],
  },
  {
    name: "a tag with a digest",
    values: { image: { tag: `v1@${DIGEST}` } },
    says: [/image\.tag: .* has a digest; .* into image\.digest/],
  },
  {
    name: "a tag that is none",
    values: { image: { tag: "feature/x" } },
    says: [/image\.tag: "feature\/x" is not a tag: letters, digits, dots/],
  },
  {
    name: "a registry that is a URL",
    values: { global: { imageRegistry: "https://registry.example.com" } },
    says: [/global\.imageRegistry: .* is not a registry, such as registry\.example\.com:5000/],
  },
  ...["My_Name", "my.name", "1st"].map((fullnameOverride) => ({
    name: `the name ${fullnameOverride}`,
    values: { fullnameOverride },
    says: [/fullnameOverride: objects cannot be called .*; set it to lower-case letters/],
  })),
  {
    name: "a name that is no label",
    values: { nameOverride: "my name" },
    says: [/nameOverride: "my name" cannot be a label; take letters/],
  },
  {
    name: "containers of agents that are no list",
    values: { agent: { podTemplate: { spec: { containers: { name: "agent" } } } } },
    says: [/at '\/agent\/podTemplate\/spec\/containers': got object, want array/],
  },
  {
    name: "a container of agents without a name",
    values: { agent: { podTemplate: { spec: { containers: [{ image: "x" }] } } } },
    says: [/at '\/agent\/podTemplate\/spec\/containers\/0': missing property 'name'/],
  },
  {
    name: "a template of agents with nothing in it",
    values: { agent: { podTemplate: { spec: null } } },
    says: [/at '\/agent\/podTemplate\/spec': got null, want object/],
  },
  {
    name: "a template of agents that begins with the containers",
    values: { agent: { podTemplate: { containers: [] } } },
    says: [/at '\/agent\/podTemplate': .*'containers' not allowed/],
  },
  {
    name: "a certificate of cert-manager without an issuer",
    values: { webhook: { tls: { certManager: { enabled: true } } } },
    says: [/webhook\.tls\.certManager\.issuerRef: name the Issuer or ClusterIssuer/],
  },
  {
    name: "an issuer with a field that there is not",
    values: { webhook: { tls: { certManager: { issuerRef: { namespace: "x" } } } } },
    says: [/invalid propertyName 'namespace'/, /value must be one of 'name', 'kind', 'group'/],
  },
  ...[
    { flag: "--image=x", says: /--image is set by agent\.image; take it out/ },
    { flag: "--agent-replicas=3", says: /--agent-replicas is set by agent\.replicas/ },
    { flag: "--no-agent", says: /--no-agent is set by agent\.enabled: false/ },
    { flag: "--debug", says: /--debug is set by controller\.logLevel/ },
    { flag: "--namespace=x", says: /--namespace is the namespace of the release/ },
    { flag: "--http=:9090", says: /--http is :8080, where the probes/ },
    { flag: "--no-leader-election", says: /would let two controllers work at once/ },
    {
      flag: "--leader-elect-resource-name=x",
      says: /is vm-dhcp-controllers, for which the controller has its rights/,
    },
  ].map(({ flag, says }) => ({
    name: `the flag ${flag}`,
    values: { controller: { extraArgs: [flag] } },
    says: [/controller\.extraArgs: /, says],
  })),
];

for (const { name, values, says } of REFUSED) {
  await integrationTest({
    name: `the chart refuses ${name}`,
    needs: ["helm"],
    async run() {
      const said = await refusal(values);
      for (const words of says) assert.match(said, words);
    },
  });
}
