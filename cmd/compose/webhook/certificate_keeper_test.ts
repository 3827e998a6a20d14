import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { objectAt } from "../../../lib/base/json.ts";
import type { NamespacedName } from "../../../lib/api/meta.ts";
import {
  CLUSTER_ROLES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  SECRETS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../../lib/api/resources.ts";
import { certificatesIn } from "../../../lib/tls/certificate.ts";
import { ObjectStore, statusError } from "../../../tests/support/kube/object_store.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { AuthoritySecret } from "./authority_secret.ts";
import { CertificateKeeper, SETTLED_MS } from "./certificate_keeper.ts";
import { ConfigurationWriter } from "./configuration_writer.ts";
import { trustedIn } from "./configurations.ts";

const NAME = "hook";
const SECRET: NamespacedName = { namespace: "lab", name: `${NAME}-ca` };
const CONFIGURATION: NamespacedName = { namespace: "", name: NAME };
const CONFIGURATIONS = [VALIDATING_WEBHOOK_CONFIGURATIONS, MUTATING_WEBHOOK_CONFIGURATIONS];
const DAY_MS = 24 * 3600_000;
const SIGNAL = new AbortController().signal;

/** Objects as an API server keeps them, and its clock. */
class Cluster extends ObjectStore {
  nowMs = Date.UTC(2026, 0, 1);

  /** The authority in the Secret. */
  authority(): string {
    const base64 = String(objectAt(this.get(SECRETS, SECRET), "data")["tls.crt"]);
    return new TextDecoder().decode(Uint8Array.fromBase64(base64));
  }

  /** What both configurations trust. */
  trusted(): readonly string[] {
    const [one, other] = CONFIGURATIONS.map((type) => trustedIn(this.get(type, CONFIGURATION)));
    assert.equal(one, other);
    return certificatesIn(one!);
  }
}

/** A replica of the webhook. */
class Replica {
  readonly log = new RecordingLogger();
  cert = "";
  readonly #keeper;

  constructor(readonly cluster: Cluster) {
    const { client } = cluster;
    const place = { name: NAME, namespace: "lab", trustedUsers: ["system:controller"] };
    const clock = {
      nowMs: () => cluster.nowMs,
      monotonicMs: () => cluster.nowMs,
      sleep: () => Promise.reject(new Error("it does not wait")),
    };
    this.#keeper = new CertificateKeeper({
      secret: new AuthoritySecret({ client, name: SECRET, owner: NAME }),
      configurations: new ConfigurationWriter({ client, place, clock }),
      dnsNames: [`${NAME}.lab.svc`],
      ipAddresses: [],
      clock,
      log: this.log,
      use: ({ cert }) => this.cert = cert,
    });
  }

  async look(): Promise<void> {
    await this.#keeper.look(SIGNAL);
  }

  /** Whether API servers take its certificate now, and name the authority of it. */
  checkTrusted(): void {
    const leaf = new X509Certificate(this.cert);
    assert.ok(Date.parse(leaf.validTo) > this.cluster.nowMs, "the certificate has expired");
    const issuers = this.cluster.trusted().filter((pem) => isIssuer(pem, leaf));
    assert.equal(issuers.length, 1, "nobody trusts the certificate");
    assert.ok(Date.parse(new X509Certificate(issuers[0]!).validTo) > this.cluster.nowMs);
  }
}

function isIssuer(pem: string, leaf: X509Certificate): boolean {
  return leaf.verify(new X509Certificate(pem).publicKey);
}

Deno.test("CertificateKeeper makes an authority, a certificate and two configurations that trust it", async () => {
  const cluster = new Cluster();
  const replica = new Replica(cluster);
  await replica.look();
  replica.checkTrusted();
  assert.deepEqual(cluster.trusted(), certificatesIn(cluster.authority()));
  const { writes } = cluster;
  await replica.look();
  assert.equal(cluster.writes, writes, "nothing has changed");
});

Deno.test("CertificateKeeper has its Secret go with the ClusterRole of the webhook", async () => {
  const cluster = new Cluster();
  const { apiVersion, kind } = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole" };
  cluster.put(CLUSTER_ROLES, { apiVersion, kind, metadata: { name: NAME, uid: "u" } });
  await new Replica(cluster).look();
  const { ownerReferences } = cluster.get(SECRETS, SECRET).metadata;
  assert.deepEqual(ownerReferences, [{ apiVersion, kind, name: NAME, uid: "u" }]);
});

Deno.test("CertificateKeeper of several replicas that start together agree on one authority", async () => {
  const cluster = new Cluster();
  const replicas = [1, 2, 3].map(() => new Replica(cluster));
  await Promise.all(replicas.map((replica) => replica.look()));
  for (const replica of replicas) replica.checkTrusted();
  assert.deepEqual(cluster.trusted(), certificatesIn(cluster.authority()));
});

Deno.test("CertificateKeeper renews authority and certificates, and each is trusted all the while", async () => {
  const cluster = new Cluster();
  const replicas = [new Replica(cluster), new Replica(cluster)];
  const authorities = new Set<string>();
  const certificates = new Set<string>();
  for (let day = 0; day < 300; day += 2) {
    let writes: number;
    do {
      writes = cluster.writes;
      for (const replica of replicas) {
        await replica.look();
        for (const other of replicas) if (other.cert !== "") other.checkTrusted();
      }
      authorities.add(cluster.authority());
      certificates.add(replicas[0]!.cert);
      cluster.nowMs += SETTLED_MS;
    } while (cluster.writes !== writes);
    // One that starts at any moment is trusted at once.
    const late = new Replica(cluster);
    await late.look();
    late.checkTrusted();
    cluster.nowMs += 2 * DAY_MS;
  }
  assert.equal(authorities.size, 2);
  assert.ok(certificates.size >= 30, `${certificates.size} certificates`);
});

Deno.test("CertificateKeeper takes a certificate of another authority only when that has been trusted for a while", async () => {
  const cluster = new Cluster();
  const replica = new Replica(cluster);
  await replica.look();
  const before = replica.cert;
  cluster.delete(SECRETS, SECRET);
  await replica.look();
  assert.equal(replica.cert, before);
  assert.equal(cluster.trusted().length, 2);
  cluster.nowMs += SETTLED_MS;
  await replica.look();
  assert.notEqual(replica.cert, before);
  replica.checkTrusted();
});

Deno.test("CertificateKeeper goes back to an older authority that somebody has restored", async () => {
  const cluster = new Cluster();
  const replica = new Replica(cluster);
  await replica.look();
  const old = structuredClone(cluster.get(SECRETS, SECRET));
  cluster.delete(SECRETS, SECRET);
  for (let i = 0; i < 3; i++, cluster.nowMs += SETTLED_MS) await replica.look();
  cluster.put(SECRETS, old);
  for (let i = 0; i < 3; i++, cluster.nowMs += SETTLED_MS) {
    await replica.look();
    replica.checkTrusted();
    const late = new Replica(cluster);
    await late.look();
    late.checkTrusted();
  }
  assert.ok(isIssuer(cluster.authority(), new X509Certificate(replica.cert)));
});

const UNUSABLE: readonly [string, (cluster: Cluster) => void][] = [
  ["has expired", (cluster) => void (cluster.nowMs += 400 * DAY_MS)],
  ["is empty", (cluster) => change(cluster, {})],
  [
    "is no certificate",
    (cluster) => change(cluster, { "tls.crt": btoa("x"), "tls.key": btoa("y") }),
  ],
  ["is no base64", (cluster) => change(cluster, { "tls.crt": "*", "tls.key": 1 })],
];

function change(cluster: Cluster, data: object): void {
  cluster.put(SECRETS, { ...cluster.get(SECRETS, SECRET), data });
}

for (const [what, spoil] of UNUSABLE) {
  Deno.test(`CertificateKeeper makes another authority when that of the Secret ${what}`, async () => {
    const cluster = new Cluster();
    await new Replica(cluster).look();
    const before = cluster.authority();
    spoil(cluster);
    const replica = new Replica(cluster);
    await replica.look();
    replica.checkTrusted();
    assert.notEqual(cluster.authority(), before);
  });
}

Deno.test("CertificateKeeper takes nothing out of a Secret that has something else", async () => {
  const cluster = new Cluster();
  await new Replica(cluster).look();
  change(cluster, { password: btoa("x") });
  await assert.rejects(new Replica(cluster).look(), /hook-ca is in the way: it has password/);
});

Deno.test("CertificateKeeper has a certificate even when the configurations cannot be written", async () => {
  const cluster = new Cluster();
  const replica = new Replica(cluster);
  cluster.before = (type) => {
    if (type !== SECRETS) throw statusError(403);
  };
  await assert.rejects(replica.look(), /403/);
  assert.notEqual(replica.cert, "");
  cluster.before = () => {};
  await replica.look();
  replica.checkTrusted();
});
