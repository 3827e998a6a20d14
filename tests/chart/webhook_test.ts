/** The Deployment of the webhook, and where its certificate comes from. */

import assert from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import type { KubeObject } from "../../lib/api/meta.ts";
import { parseFlags } from "../../cmd/cli/flags.ts";
import { hostsOf, WEBHOOK_FLAGS, webhookPlaceOf } from "../../cmd/compose/webhook/webhook_flags.ts";
import { webhookCommand } from "../../cmd/webhook.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { fieldOf, only, RELEASE, render } from "./helm.ts";

const WEBHOOK = `${RELEASE}-webhook`;

function podOf(objects: readonly KubeObject[]): JsonObject {
  return fieldOf(only(objects, "Deployment", WEBHOOK), "spec.template.spec") as JsonObject;
}

function argsOf(objects: readonly KubeObject[]): readonly string[] {
  return fieldOf(podOf(objects), "containers.0.args") as readonly string[];
}

/** Kinds of the objects of the webhook. */
function kindsOf(objects: readonly KubeObject[]): readonly string[] {
  return objects.filter(({ metadata }) => metadata.name === WEBHOOK).map(({ kind }) => kind);
}

await integrationTest({
  name: "the webhook runs by default, in two replicas of which a drain takes one at a time",
  needs: ["helm"],
  async run() {
    const objects = await render();
    const { spec } = only(objects, "Deployment", WEBHOOK);
    assert.equal(fieldOf(spec, "replicas"), 2);
    assert.deepEqual(fieldOf(spec, "strategy.rollingUpdate"), { maxSurge: 1, maxUnavailable: 0 });
    const budget = only(objects, "PodDisruptionBudget", WEBHOOK);
    assert.equal(fieldOf(budget, "spec.maxUnavailable"), 1);
    const one = await render({ values: { webhook: { replicaCount: 1 } } });
    assert.ok(!kindsOf(one).includes("PodDisruptionBudget"));
  },
});

await integrationTest({
  name: "without the webhook, nothing of it is made",
  needs: ["helm"],
  async run() {
    const certManager = { enabled: true, issuerRef: { name: "ca" } };
    const values = { webhook: { enabled: false, tls: { certManager } } };
    const others = { networkPolicy: { enabled: true }, serviceMonitor: { enabled: true } };
    assert.deepEqual(kindsOf(await render({ values: { ...others, ...values } })), []);
  },
});

for (
  const { name, tls, secret } of [
    { name: "a Secret", tls: { secretName: "own" }, secret: "own" },
    {
      name: "cert-manager",
      tls: { certManager: { enabled: true, issuerRef: { name: "ca", kind: "ClusterIssuer" } } },
      secret: `${WEBHOOK}-certificate`,
    },
    {
      name: "cert-manager, in a Secret of another name",
      tls: { secretName: "own", certManager: { enabled: true, issuerRef: { name: "ca" } } },
      secret: "own",
    },
  ]
) {
  await integrationTest({
    name: `the webhook takes a certificate of ${name}, and needs no right on Secrets then`,
    needs: ["helm"],
    async run() {
      const objects = await render({ values: { webhook: { tls } } });
      const pod = podOf(objects);
      assert.deepEqual(pod["volumes"], [{ name: "tls", secret: { secretName: secret } }]);
      const [mount] = fieldOf(pod, "containers.0.volumeMounts") as readonly [JsonObject];
      const flags = parseFlags(webhookCommand.flags, argsOf(objects), {});
      assert.equal(flags["tls-cert-dir"], mount["mountPath"]);
      assert.ok(!kindsOf(objects).some((kind) => kind === "Role" || kind === "RoleBinding"));
    },
  });
}

await integrationTest({
  name: "cert-manager is asked for a certificate with the name by which API servers ask",
  needs: ["helm"],
  async run() {
    const issuerRef = { name: "ca", kind: "ClusterIssuer", group: "cert-manager.io" };
    const values = { webhook: { tls: { certManager: { enabled: true, issuerRef } } } };
    const objects = await render({ values });
    const certificate = only(objects, "Certificate", WEBHOOK);
    assert.equal(certificate.apiVersion, "cert-manager.io/v1");
    assert.deepEqual(fieldOf(certificate, "spec.issuerRef"), issuerRef);
    assert.equal(fieldOf(certificate, "spec.secretName"), `${WEBHOOK}-certificate`);
    const args = argsOf(objects).filter((arg) => /^--(name|namespace)=/.test(arg));
    const options = parseFlags(WEBHOOK_FLAGS, args, {});
    const { dnsNames } = hostsOf(await webhookPlaceOf(options, { server: "" }), options);
    assert.deepEqual(fieldOf(certificate, "spec.dnsNames"), dnsNames.slice(0, 1));
    assert.deepEqual((await render()).filter(({ kind }) => kind === "Certificate"), []);
  },
});
