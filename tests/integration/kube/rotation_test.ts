/** Credentials change in their files while requests are under way, and no request fails. */

import assert from "node:assert/strict";
import { NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { CredentialSource } from "../../../lib/kube/access/credential_source.ts";
import { type ClosableKubeClient, createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { CertificateAuthority } from "../../support/cluster/certificate_authority.ts";
import { AgingClock } from "../../support/clocks/fast_clock.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { FakeClock } from "../../support/clocks/fake_clock.ts";
import { CONFIG_MAPS, configMap, statusBody } from "../../support/kube/kube_samples.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { ScriptedServer } from "../../support/kube/scripted_server.ts";
import { load } from "../../support/apiserver/request_load.ts";
import { inFolder } from "../../support/harness/in_folder.ts";
import { freePort } from "../../support/network/free_port.ts";
import { makeCertificate } from "../../../lib/tls/certificate.ts";
import { startRelay } from "./proxies.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

/** Files are read again after a minute, which passes in 0.3 s. */
const AGING = 200;

function clientOf(access: ClusterAccess): ClosableKubeClient {
  return createKubeClient(access, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock: new AgingClock(AGING),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
}

Deno.test("no read and no write fails when the token is replaced ten times and the old ones are refused", () =>
  inFolder(async (folder) => {
    const path = `${folder}/token`;
    let valid = ["token-0"];
    await Deno.writeTextFile(path, "token-0");
    const server = await ScriptedServer.start((exchange) =>
      valid.some((token) => exchange.headers.get("authorization") === `Bearer ${token}`)
        ? exchange.respond(200, configMap("a", 1))
        : exchange.respond(401, statusBody(401, "Unauthorized"))
    );
    const client = clientOf({ server: server.url, token: { path } });
    const name = { namespace: "default", name: "a" };
    const stop = new AbortController();
    let turn = 0;
    try {
      const loaded = load(
        () =>
          turn++ % 2 === 0
            ? client.get(CONFIG_MAPS, name)
            : client.mergePatch(CONFIG_MAPS, name, {}),
        stop.signal,
      );
      let failed = false;
      loaded.catch(() => failed = true);
      for (let rotation = 1; rotation <= 10; rotation++) {
        // On a busy machine hardly a request may be answered in that time; then it gets more.
        do {
          await new Promise((resolve) => setTimeout(resolve, 30));
        } while (turn < 11 * rotation && !failed);
        // A token is good before it is in the file. After that the old one is refused at once.
        valid = [`token-${rotation - 1}`, `token-${rotation}`];
        await Deno.writeTextFile(path, `token-${rotation}`);
        valid = [`token-${rotation}`];
      }
      stop.abort();
      assert.ok(await loaded > 100);
    } finally {
      stop.abort();
      client.close();
      await server.close();
    }
  }));

Deno.test("no request fails when the server gets a certificate of another authority", () =>
  inFolder(async (folder) => {
    await using before = await startEmbeddedApi();
    await using after = await startEmbeddedApi();
    const port = (api: { server: { url: string } }) => Number(new URL(api.server.url).port);
    await using relay = startRelay(port(before));
    const [ca, token] = [`${folder}/ca.crt`, `${folder}/token`];
    await Deno.writeTextFile(ca, before.credentials.cert);
    await Deno.writeTextFile(token, before.credentials.token);
    const client = clientOf({
      server: `https://127.0.0.1:${relay.port}`,
      certificateAuthority: { path: ca },
      token: { path: token },
    });
    const stop = new AbortController();
    try {
      const loaded = load(() => client.list(NAMESPACES), stop.signal);
      // A bundle of both comes first, as operators do it.
      await Deno.writeTextFile(ca, `${before.credentials.cert}\n${after.credentials.cert}`);
      await new Promise((resolve) => setTimeout(resolve, 2 * 60_000 / AGING));
      relay.lead(port(after));
      await Deno.writeTextFile(token, after.credentials.token);
      await Deno.writeTextFile(ca, after.credentials.cert);
      await waitUntil(() => relay.led(port(after)) > 0 || undefined, { what: "new connections" });
      await new Promise((resolve) => setTimeout(resolve, 2 * 60_000 / AGING));
      stop.abort();
      assert.ok(await loaded > 100);
    } finally {
      stop.abort();
      client.close();
    }
  }));

Deno.test("CredentialSource keeps a pair of certificate and key until both of them are new", async () => {
  const authority = await CertificateAuthority.create();
  const issue = () => authority.issue({ commonName: "someone" });
  const [first, second] = [await issue(), await issue()];
  const folder = await Deno.makeTempDir();
  const [certificate, key] = [`${folder}/tls.crt`, `${folder}/tls.key`];
  await Deno.writeTextFile(certificate, first.cert);
  await Deno.writeTextFile(key, first.key);
  const [clock, log] = [new FakeClock(), new RecordingLogger()];
  const source = new CredentialSource(
    { server: "https://x", clientCertificate: { path: certificate }, clientKey: { path: key } },
    clock,
    log,
  );
  const shown = async () => (await source.current()).tls.clientCertificate;
  assert.equal(await shown(), first.cert);
  await Deno.writeTextFile(certificate, second.cert);
  await clock.advance(60_000);
  assert.equal(await shown(), first.cert, "the new certificate does not go with the old key");
  assert.equal(log.lines.length, 1);
  assert.ok(!JSON.stringify(log.lines).includes("PRIVATE"));
  await Deno.writeTextFile(key, second.key.slice(0, 60));
  await clock.advance(60_000);
  assert.equal(await shown(), first.cert, "half of a key goes with nothing");
  await Deno.writeTextFile(key, second.key);
  await clock.advance(60_000);
  assert.equal(await shown(), second.cert);
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a plugin is asked for another certificate when no connection comes about with its last one", () =>
  inFolder(async (folder) => {
    const { cert, key } = await makeCertificate({
      ...{ commonName: "client", dnsNames: ["client"], ipAddresses: [] },
    });
    const apiVersion = "client.authentication.k8s.io/v1";
    const status = { clientCertificateData: cert, clientKeyData: key };
    await Deno.writeTextFile(
      `${folder}/credential`,
      JSON.stringify({ apiVersion, kind: "ExecCredential", status }),
    );
    const script = `echo run >> ${folder}/runs; cat ${folder}/credential`;
    const clock = new FakeClock();
    const client = createKubeClient({
      server: `https://127.0.0.1:${freePort()}`,
      exec: { apiVersion, command: "sh", args: ["-c", script], env: {} },
    }, {
      userAgent: "vm-dhcp/0.0.0 (test) test",
      clock,
      random: Math.random,
      log: new RecordingLogger(),
      registry: new RecordingRegistry(),
    });
    const runs = async () => (await Deno.readTextFile(`${folder}/runs`)).split("\n").length - 1;
    for (const expected of [1, 1]) {
      await assert.rejects(client.list(CONFIG_MAPS), /client error \(Connect\)/);
      assert.equal(await runs(), expected, "not with every request");
    }
    await clock.advance(60_000);
    await assert.rejects(client.list(CONFIG_MAPS));
    assert.equal(await runs(), 2);
    client.close();
  }));
