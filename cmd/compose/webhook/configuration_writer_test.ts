import assert from "node:assert/strict";
import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import {
  CLUSTER_ROLES,
  MUTATING_WEBHOOK_CONFIGURATIONS,
  VALIDATING_WEBHOOK_CONFIGURATIONS,
} from "../../../lib/api/resources.ts";
import { certificatesIn, makeAuthority } from "../../../lib/tls/certificate.ts";
import { ObjectStore } from "../../../tests/support/kube/object_store.ts";
import { ConfigurationWriter } from "./configuration_writer.ts";
import { trustedIn } from "./configurations.ts";
import { FORMER_MAX, OTHERS_MS } from "./trusted_authorities.ts";

const NAME = "hook";
const CONFIGURATION = { namespace: "", name: NAME };
const VALIDATING = VALIDATING_WEBHOOK_CONFIGURATIONS;
const MUTATING = MUTATING_WEBHOOK_CONFIGURATIONS;
const NOW_MS = Date.UTC(2026, 0, 1);
const SIGNAL = new AbortController().signal;

type Entry = Readonly<Record<string, unknown>>;

async function authority(name = "a", endMs = NOW_MS + 1000): Promise<string> {
  return (await makeAuthority(name, { notBeforeMs: 0, notAfterMs: endMs })).cert;
}

class Setup {
  readonly writer: ConfigurationWriter;
  monotonicMs = 0;

  constructor(url?: string, readonly store = new ObjectStore()) {
    const { client } = store;
    const place = { name: NAME, namespace: "lab", trustedUsers: ['a"user'], url };
    const clock = { monotonicMs: () => this.monotonicMs };
    this.writer = new ConfigurationWriter({ client, place, clock });
  }

  ensure(...authorities: readonly string[]): Promise<void> {
    return this.writer.ensure(authorities, NOW_MS, SIGNAL);
  }

  stored(type: ResourceType): KubeObject {
    return this.store.get(type, CONFIGURATION);
  }

  entry(type: ResourceType): Entry {
    const { webhooks } = this.stored(type);
    assert.ok(Array.isArray(webhooks) && webhooks.length === 1);
    return webhooks[0];
  }
}

Deno.test("ConfigurationWriter writes both, with the names and paths of the Go version", async () => {
  const setup = new Setup();
  await setup.ensure(await authority());
  const service = { name: NAME, namespace: "lab", port: 443 };
  for (
    const { type, name, failurePolicy, path } of [
      {
        type: VALIDATING,
        name: "validator.lab.hook",
        failurePolicy: "Fail",
        path: "/v1/webhook/validation",
      },
      {
        type: MUTATING,
        name: "mutator.lab.hook",
        failurePolicy: "Ignore",
        path: "/v1/webhook/mutation",
      },
    ]
  ) {
    const entry = setup.entry(type);
    assert.equal(entry["name"], name);
    assert.equal(entry["failurePolicy"], failurePolicy);
    assert.deepEqual((entry["clientConfig"] as Entry)["service"], { ...service, path });
  }
  const { writes } = setup.store;
  await setup.ensure(...[trustedIn(setup.stored(VALIDATING))]);
  assert.equal(setup.store.writes, writes, "nothing has changed");
});

Deno.test("ConfigurationWriter has API servers ask at a URL", async () => {
  const setup = new Setup("https://10.0.0.5:8443");
  await setup.ensure(await authority());
  const { url, service } = setup.entry(MUTATING)["clientConfig"] as Entry;
  assert.deepEqual([url, service], ["https://10.0.0.5:8443/v1/webhook/mutation", undefined]);
});

Deno.test("ConfigurationWriter keeps authorities of the same name until they have expired", async () => {
  const setup = new Setup();
  const [old, expired, next] = await Promise.all([
    authority(),
    authority("a", NOW_MS),
    authority(),
  ]);
  await setup.ensure(old, expired);
  await setup.ensure(next);
  setup.monotonicMs += OTHERS_MS;
  await setup.ensure(next);
  assert.equal(trustedIn(setup.stored(VALIDATING)), `${next.trim()}\n${old.trim()}\n`);
});

Deno.test("ConfigurationWriter keeps a few authorities of other names for some minutes", async () => {
  const setup = new Setup();
  const others = await Promise.all(Array(9).keys().map((i) => authority(`b${i}`)));
  const [expired, next] = await Promise.all([authority("b", NOW_MS), authority()]);
  await setup.ensure(expired, ...others);
  await setup.ensure(next);
  const [first, ...rest] = certificatesIn(trustedIn(setup.stored(MUTATING)));
  assert.equal(first?.trim(), next.trim());
  assert.equal(rest.length, FORMER_MAX);
  assert.ok(rest.every((cert) => others.some((other) => other.trim() === cert.trim())));
  setup.monotonicMs += OTHERS_MS - 1;
  await setup.ensure(next);
  assert.equal(certificatesIn(trustedIn(setup.stored(MUTATING))).length, 1 + FORMER_MAX);
  setup.monotonicMs += 1;
  await setup.ensure(next);
  for (const type of [VALIDATING, MUTATING]) {
    assert.equal(trustedIn(setup.stored(type)).trim(), next.trim());
  }
});

Deno.test("ConfigurationWriters with authorities of two names have both trusted, and do not take turns", async () => {
  const before = new Setup();
  const after = new Setup(undefined, before.store);
  const [made, given] = await Promise.all([authority("a"), authority("b")]);
  const trusts = (cert: string) =>
    [VALIDATING, MUTATING].every((type) => trustedIn(before.stored(type)).includes(cert.trim()));
  await before.ensure(made);
  await after.ensure(given);
  assert.ok(trusts(made) && trusts(given));
  const { writes } = before.store;
  for (let i = 0; i < 2; i++) {
    await before.ensure(made);
    await after.ensure(given);
  }
  assert.equal(before.store.writes, writes);
  // The replicas with the former one have ended.
  after.monotonicMs += OTHERS_MS;
  await after.ensure(given);
  assert.ok(!trusts(made) && trusts(given));
});

Deno.test("ConfigurationWriter leaves alone what is trusted when it has no authority", async () => {
  const setup = new Setup();
  const cert = await authority();
  await setup.ensure(cert);
  await setup.ensure();
  assert.equal(trustedIn(setup.stored(VALIDATING)).trim(), cert.trim());
});

Deno.test("ConfigurationWriter repairs entries, and leaves what others added to the metadata", async () => {
  const setup = new Setup();
  const cert = await authority();
  await setup.ensure(cert);
  const wanted = setup.stored(VALIDATING);
  const broken = { ...setup.entry(VALIDATING), failurePolicy: "Ignore", clientConfig: {} };
  const metadata = { ...wanted.metadata, labels: { team: "a" } };
  setup.store.put(VALIDATING, { ...wanted, metadata, webhooks: [broken, broken] });
  setup.store.delete(MUTATING, CONFIGURATION);
  await setup.ensure(cert);
  assert.deepEqual(setup.stored(VALIDATING).webhooks, wanted.webhooks);
  const mark = { "app.kubernetes.io/managed-by": "vm-dhcp" };
  assert.deepEqual(setup.stored(VALIDATING).metadata.labels, { team: "a", ...mark });
  assert.equal(setup.entry(MUTATING)["name"], "mutator.lab.hook");
});

Deno.test("ConfigurationWriter does not fight an API server that leaves out what it does not know", async () => {
  const setup = new Setup();
  setup.store.admit = (object) => {
    const webhooks = object.webhooks as readonly Entry[];
    return { ...object, webhooks: webhooks.map(({ matchConditions: _, ...rest }) => rest) };
  };
  const cert = await authority();
  for (let i = 0; i < 2; i++) await setup.ensure(cert);
  const { writes } = setup.store;
  for (let i = 0; i < 3; i++) await setup.ensure(cert);
  assert.equal(setup.store.writes, writes);
});

Deno.test("ConfigurationWriter has both go with the ClusterRole of the same name", async () => {
  const setup = new Setup();
  const cert = await authority();
  await setup.ensure(cert);
  setup.store.put(CLUSTER_ROLES, {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: NAME, uid: "u-1" },
  });
  await setup.ensure(cert);
  for (const type of [VALIDATING, MUTATING]) {
    const { ownerReferences } = setup.stored(type).metadata;
    assert.deepEqual(ownerReferences?.map(({ kind, uid }) => [kind, uid]), [[
      "ClusterRole",
      "u-1",
    ]]);
  }
});
