/** What API servers ask the webhook of a release, and what goes on when nobody answers. */

import assert from "node:assert/strict";
import { trustedIn } from "../../../cmd/compose/webhook/configurations.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { issueCertificate, makeAuthority } from "../../../lib/tls/certificate.ts";
import { type Answer, at } from "../../support/apiserver/api_connection.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { measure } from "../measure.ts";
import { NETWORK, NETWORKS } from "../site.ts";
import { type Installation, NAMESPACE, RELEASE } from "./installation.ts";

export const WEBHOOK = `${RELEASE}-webhook`;

const POOLS = "/apis/network.harvesterhci.io/v1alpha1/namespaces/default/ippools";
const CONFIGURATIONS = ["validating", "mutating"].map((kind) =>
  `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/${WEBHOOK}`
);

/** What a pool leaves to the webhook. */
const GAPS = { serverIP: undefined, pool: undefined };

/** Says what the API server would do with a new pool. */
function tryPool(
  { cluster: { api } }: Installation,
  changes: Parameters<typeof ippoolSample>[0],
): Promise<Answer> {
  const body = ippoolSample({ metadata: { name: "another" }, ...changes });
  return api.send("POST", `${POOLS}?dryRun=All`, { body });
}

/** A pool that only the webhook refuses, with more than one reason. */
export function tryWrongPool(installation: Installation): Promise<Answer> {
  return tryPool(installation, {
    spec: { networkName: "default/nowhere" },
    ipv4Config: { router: "192.168.49.1" },
  });
}

/** A pool is refused in our words, and what one leaves out is filled in. */
export async function judge(installation: Installation): Promise<void> {
  const { status, body, text } = await tryWrongPool(installation);
  assert.equal(status, 422, text);
  const message = String(body["message"]);
  assert.match(message, /denied the request: cannot create IPPool default\/another because /);
  assert.match(message, /"nowhere" not found in namespace default/);
  assert.match(message, /spec\.ipv4Config\.router/);
  const { cluster: { api } } = installation;
  const metadata = { ...NETWORK["metadata"] as JsonObject, name: "net-50" };
  assert.equal((await api.send("POST", NETWORKS, { body: { ...NETWORK, metadata } })).status, 201);
  const filled = await tryPool(installation, {
    spec: { networkName: "default/net-50" },
    ipv4Config: { cidr: "192.168.50.0/24", router: "192.168.50.1", ...GAPS },
  });
  assert.equal(filled.status, 201, filled.text);
  assert.equal(at(filled.body, "spec.ipv4Config.serverIP"), "192.168.50.2");
  assert.equal(at(filled.body, "spec.ipv4Config.pool.end"), "192.168.50.254");
  assert.equal((await api.send("DELETE", `${NETWORKS}/net-50`)).status, 200);
}

/** The one change that needs no webhook: the pool is as it was. */
async function relabel(installation: Installation, value: string): Promise<void> {
  await installation.run(`kubectl label ippool ippool-1 --overwrite team=${value}`);
}

/**
 * Lets something happen while no webhook answers. Whatever the webhook is not to judge goes on, and so
 * does what brings it back.
 */
export async function withoutReplicas(
  installation: Installation,
  act: () => Promise<void>,
): Promise<void> {
  await installation.run(`kubectl scale deployment ${WEBHOOK} -n ${NAMESPACE} --replicas=0`);
  await waitUntil(async () => {
    const { status, text } = await tryWrongPool(installation);
    // What vm-dhcp check has a cure for.
    return status === 500 && text.includes("no endpoints available") || undefined;
  }, { what: "the end of the replicas" });
  await relabel(installation, "a");
  await act();
  await relabel(installation, "b");
  await measure("webhook scaled up to wrong pools refused", async () => {
    await installation.run(`kubectl scale deployment ${WEBHOOK} -n ${NAMESPACE} --replicas=2`);
    await isAsked(installation);
  });
}

/** Waits until wrong pools are refused again by us. */
export async function isAsked(installation: Installation): Promise<void> {
  await waitUntil(async () => (await tryWrongPool(installation)).status === 422 || undefined, {
    what: "the API server to ask the webhook",
    limitMs: 60_000,
    explain: async () => (await tryWrongPool(installation)).text,
  });
}

const OWN_SECRET = "own-certificate";

/** A certificate that somebody else has made is used, and the API server trusts its authority. */
export async function takeCertificate(installation: Installation): Promise<void> {
  const validity = { notBeforeMs: Date.now() - 60_000, notAfterMs: Date.now() + 3600_000 };
  const authority = await makeAuthority("somebody", validity);
  const host = `${WEBHOOK}.${NAMESPACE}.svc`;
  const names = { commonName: host, dnsNames: [host], ipAddresses: [] };
  const { cert, key } = await issueCertificate({ ...names, validity }, authority);
  const { status, text } = await installation.cluster.api.send(
    "POST",
    `/api/v1/namespaces/${NAMESPACE}/secrets`,
    {
      body: {
        ...{ apiVersion: "v1", kind: "Secret", metadata: { name: OWN_SECRET } },
        stringData: { "tls.crt": cert, "tls.key": key, "ca.crt": authority.cert },
      },
    },
  );
  assert.equal(status, 201, text);
  await upgrade(installation, `webhook.tls.secretName=${OWN_SECRET}`);
  await isAsked(installation);
  const { body } = await installation.cluster.api.send("GET", CONFIGURATIONS[0]!);
  const trusted = trustedIn(body as KubeObject).split(/(?<=END CERTIFICATE-----)\n/);
  assert.equal(trusted[0], authority.cert.trim());
  // Replicas of before may still be asked: their authority is trusted for some minutes.
  assert.equal(trusted.filter(Boolean).length, 2);
}

/** Without the webhook, nothing is asked, and a rollback brings it back. */
export async function switchOffAndOn(installation: Installation): Promise<void> {
  await upgrade(installation, "webhook.enabled=false");
  await measure("webhook.enabled=false to pools not asked about", () => isNotAsked(installation));
  await installation.run(`helm test ${RELEASE} --namespace=${NAMESPACE}`);
  await installation.run(`helm rollback ${RELEASE} --namespace=${NAMESPACE} --wait`);
  await isAsked(installation);
  await upgrade(installation, "webhook.tls.secretName=");
  await isAsked(installation);
  await installation.run(`kubectl delete secret ${OWN_SECRET} --namespace=${NAMESPACE}`);
}

/** Changes a value of the release. */
async function upgrade(installation: Installation, value: string): Promise<void> {
  await installation.run(
    `helm upgrade ${RELEASE} ./chart --namespace=${NAMESPACE} --reset-then-reuse-values --wait ` +
      `--set ${value}`,
  );
}

/** Waits until both configurations have gone, and a pool that only the webhook refuses is taken. */
export async function isNotAsked(installation: Installation): Promise<void> {
  const { cluster: { api } } = installation;
  await waitUntil(async () => {
    const found = await Promise.all(CONFIGURATIONS.map((path) => api.send("GET", path)));
    return found.every(({ status }) => status === 404) || undefined;
  }, { what: "the end of the configurations" });
  const { status, text } = await tryWrongPool(installation);
  assert.equal(status, 201, text);
}
