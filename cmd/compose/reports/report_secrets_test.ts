import assert from "node:assert/strict";
import { ReportSecretTaken } from "../../../lib/controller/agents/report/report_source.ts";
import { belongTogether, isForHost, validityOf } from "../../../lib/tls/certificate.ts";
import { AGENT_HOST } from "./report_secret.ts";
import { SecretStore } from "../../../tests/support/kube/secret_store.ts";

const NAME = "default-ippool-1-agent-report";
const DAY_MS = 24 * 3600_000;
const START = Date.UTC(2026, 0, 1);

Deno.test("ClusterReportSecrets makes a Secret with a certificate, its key and a token, once", async () => {
  const store = new SecretStore();
  const { certificates, token } = await store.ensure();
  assert.equal(store.stored?.metadata.name, NAME);
  assert.equal(store.stored?.metadata.namespace, "vm-dhcp");
  assert.deepEqual(store.stored?.metadata.labels, {
    "network.harvesterhci.io/vm-dhcp-controller": "agent",
    "network.harvesterhci.io/ippool-namespace": "default",
    "network.harvesterhci.io/ippool-name": "ippool-1",
  });
  const cert = store.text("tls.crt");
  assert.deepEqual([certificates, token], [[cert], store.text("token")]);
  assert.match(token, /^[0-9a-f]{64}$/);
  assert.ok(isForHost(cert, AGENT_HOST));
  assert.ok(belongTogether({ cert, key: store.text("tls.key") }));
  assert.equal(validityOf(cert)?.notAfterMs, START + 364 * DAY_MS);
  assert.deepEqual(await store.ensure(), { certificates, token });
  assert.equal(store.writes, 1);
});

Deno.test("ClusterReportSecrets renews a certificate in its last third, and knows both then", async () => {
  const store = new SecretStore();
  const first = await store.ensure();
  store.nowMs += 240 * DAY_MS;
  assert.deepEqual(await store.ensure(), first);
  store.nowMs += 4 * DAY_MS;
  const second = await store.ensure();
  assert.equal(second.token, first.token);
  assert.equal(second.certificates[1], first.certificates[0]);
  assert.notEqual(second.certificates[0], first.certificates[0]);
  // A leader that begins then knows both as well.
  assert.deepEqual(await store.copy().ensure(), second);
  store.nowMs += 244 * DAY_MS;
  const third = await store.ensure();
  assert.equal(third.certificates.length, 2, "not those before");
});

for (
  const { name, edit, keepsToken } of [
    { name: "certificate", edit: (s: SecretStore) => s.set("tls.crt", "x"), keepsToken: true },
    { name: "key", edit: (s: SecretStore) => s.set("tls.key", "x"), keepsToken: true },
    { name: "token", edit: (s: SecretStore) => s.set("token", "password"), keepsToken: false },
    {
      name: "date of expiry",
      edit: (s: SecretStore) => void (s.nowMs += 365 * DAY_MS),
      keepsToken: true,
    },
    {
      name: "date of beginning, after the clock was set back,",
      edit: (s: SecretStore) => void (s.nowMs -= 2 * DAY_MS),
      keepsToken: true,
    },
    {
      name: "data",
      edit: (s: SecretStore) => void (s.stored = { ...s.stored!, data: null }),
      keepsToken: false,
    },
  ]
) {
  Deno.test(`ClusterReportSecrets repairs a Secret whose ${name} is bad`, async () => {
    const store = new SecretStore();
    const before = await store.ensure();
    edit(store);
    const after = await store.ensure();
    assert.notEqual(after.certificates[0], before.certificates[0]);
    assert.equal(after.certificates.length, 1, "a bad one is not trusted on");
    assert.equal(after.token === before.token, keepsToken);
    assert.deepEqual(await store.ensure(), after);
    assert.equal(store.writes, 2);
  });
}

Deno.test("ClusterReportSecrets gives a Secret its labels back, and leaves other labels and its content", async () => {
  const store = new SecretStore();
  const before = await store.ensure();
  const metadata = { ...store.stored!.metadata, labels: { a: "b" }, annotations: {} };
  store.stored = { ...store.stored!, metadata };
  assert.deepEqual(await store.ensure(), before);
  assert.equal(store.stored?.metadata.labels?.a, "b");
  assert.equal(store.stored?.metadata.labels?.["network.harvesterhci.io/ippool-name"], "ippool-1");
});

Deno.test("ClusterReportSecrets leaves a Secret of somebody else alone, and says what to do", async () => {
  const store = new SecretStore();
  store.stored = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: NAME, namespace: "vm-dhcp", resourceVersion: "1" },
    data: { password: "c2VjcmV0" },
  };
  await assert.rejects(store.ensure(), (error: Error) => {
    assert.ok(error instanceof ReportSecretTaken);
    assert.match(
      error.message,
      /Secret vm-dhcp\/default-ippool-1-agent-report is in the way.*delete/,
    );
    return true;
  });
  assert.equal(store.writes, 0);
});

Deno.test("ClusterReportSecrets leaves alone the Secret of another pool whose agents have the same name", async () => {
  const store = new SecretStore();
  await store.ensure();
  const annotations = { "network.harvesterhci.io/ippool": "default-ippool/1" };
  store.stored = { ...store.stored!, metadata: { ...store.stored!.metadata, annotations } };
  await assert.rejects(store.ensure(), ReportSecretTaken);
  assert.equal(store.writes, 1);
});

Deno.test("ClusterReportSecrets takes what another controller made meanwhile", async () => {
  const store = new SecretStore();
  const other = new SecretStore();
  const made = await other.ensure();
  store.before = () => {
    store.stored ??= other.stored;
  };
  assert.deepEqual(await store.ensure(), made);
  assert.equal(store.writes, 0);
});

Deno.test("ClusterReportSecrets makes one Secret for two that ask at once", async () => {
  const store = new SecretStore();
  const [one, two] = await Promise.all([store.ensure(), store.ensure()]);
  assert.deepEqual(one, two);
  assert.equal(store.writes, 1);
});
