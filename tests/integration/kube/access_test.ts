/** Every way to a cluster that a kubeconfig can name, on TLS. */

import assert from "node:assert/strict";
import { NAMESPACES } from "../../../lib/api/resources.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { type EmbeddedApi, startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { startHttpProxy, startSocksProxy } from "./proxies.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";

/** Lists and watches namespaces. @returns The log of the client. */
async function use(access: ClusterAccess): Promise<RecordingLogger> {
  const log = new RecordingLogger();
  const client = createKubeClient(access, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock: createClock(),
    random: Math.random,
    log,
    registry: new RecordingRegistry(),
  });
  try {
    const { items } = await client.list(NAMESPACES);
    assert.deepEqual(items.map(({ metadata }) => metadata.name), ["default"]);
    for await (const event of client.watch(NAMESPACES, { idleMsMax: 5000 })) {
      assert.equal(event.type, "ADDED");
      break;
    }
  } finally {
    client.close();
  }
  return log;
}

function accessOf({ server, credentials }: EmbeddedApi): ClusterAccess {
  return {
    server: server.url,
    certificateAuthority: { text: credentials.cert },
    token: { text: credentials.token },
  };
}

function portOf({ server }: EmbeddedApi): number {
  return Number(new URL(server.url).port);
}

Deno.test("a server is accepted when its certificate is for tls-server-name", async () => {
  await using api = await startEmbeddedApi();
  await use({ ...accessOf(api), tlsServerName: "localhost" });
});

Deno.test("a server is refused when its certificate is not for tls-server-name", async () => {
  await using api = await startEmbeddedApi();
  await assert.rejects(use({ ...accessOf(api), tlsServerName: "other.example.com" }), (error) => {
    assert.match(String(error), /certificate|fetch failed|unknown error/);
    return true;
  });
});

Deno.test("a server of an unknown authority is refused, unless insecure-skip-tls-verify is set", async () => {
  await using api = await startEmbeddedApi();
  const { certificateAuthority: _, ...unknown } = accessOf(api);
  await assert.rejects(use(unknown));
  const { lines } = await use({ ...unknown, insecureSkipTlsVerify: true });
  assert.match(lines.map(({ msg }) => msg).join(), /certificate is not checked/);
});

Deno.test("requests go through an HTTP proxy that wants a password and no user", async () => {
  await using api = await startEmbeddedApi();
  await using proxy = startHttpProxy(portOf(api), ":p@ss");
  for (const more of [{}, { tlsServerName: "localhost" }]) {
    await use({ ...accessOf(api), ...more, proxyUrl: `http://:p%40ss@127.0.0.1:${proxy.port}` });
  }
});

Deno.test("requests go through an HTTP proxy that wants a user and password", async () => {
  await using api = await startEmbeddedApi();
  await using proxy = startHttpProxy(portOf(api), "me:p@ss");
  await use({ ...accessOf(api), proxyUrl: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
  assert.deepEqual(new Set(proxy.targets), new Set([new URL(api.server.url).host]));
  await assert.rejects(use({ ...accessOf(api), proxyUrl: `http://127.0.0.1:${proxy.port}` }));
});

for (const helped of [{ tlsServerName: "localhost" }, { insecureSkipTlsVerify: true }]) {
  const [field] = Object.keys(helped);
  Deno.test(`requests go through an HTTP proxy with ${field} as well`, async () => {
    await using api = await startEmbeddedApi();
    await using proxy = startHttpProxy(portOf(api), "me:p@ss");
    const through = { ...accessOf(api), ...helped };
    await use({ ...through, proxyUrl: `http://me:p%40ss@127.0.0.1:${proxy.port}` });
    assert.deepEqual(new Set(proxy.targets), new Set([new URL(api.server.url).host]));
    await assert.rejects(use({ ...through, proxyUrl: `http://127.0.0.1:${proxy.port}` }));
  });
}

Deno.test("requests go through a SOCKS5 proxy", async () => {
  await using api = await startEmbeddedApi();
  await using proxy = startSocksProxy(portOf(api));
  await use({ ...accessOf(api), proxyUrl: `socks5://127.0.0.1:${proxy.port}` });
  assert.ok(proxy.targets.length > 0);
});

Deno.test("an exec plugin provides the credentials", async () => {
  await using api = await startEmbeddedApi();
  const apiVersion = "client.authentication.k8s.io/v1";
  const { token } = api.credentials;
  const credential = JSON.stringify({ apiVersion, kind: "ExecCredential", status: { token } });
  const { token: _, ...nobody } = accessOf(api);
  const args = ["-c", `echo '${credential}'`];
  await use({ ...nobody, exec: { apiVersion, command: "sh", args, env: {} } });
});
