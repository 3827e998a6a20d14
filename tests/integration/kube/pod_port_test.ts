/** The way to a pod is that of all requests: every one that a kubeconfig can name, on TLS. */

import assert from "node:assert/strict";
import { loadCredentials } from "../../../cmd/compose/standalone/data_folder.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { PodClient } from "../../../lib/kube/client/pod_client.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { startHttpProxy, startSocksProxy } from "./proxies.ts";

/** An API server with a kubelet behind it, which ends the connection after its answer. */
function serve(cert: string, key: string) {
  const options = { hostname: "127.0.0.1", port: 0, cert, key, onListen() {} };
  return Deno.serve(options, (request) => {
    const { socket, response } = Deno.upgradeWebSocket(request, { protocol: "v4.channel.k8s.io" });
    socket.onopen = () => {
      for (const channel of [0, 1]) socket.send(new Uint8Array([channel, 8080 & 255, 8080 >> 8]));
    };
    socket.onmessage = () => {
      const answer = "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}";
      socket.send(new Uint8Array([0, ...new TextEncoder().encode(answer)]));
    };
    return response;
  });
}

async function ask(access: ClusterAccess): Promise<string> {
  const client = new PodClient(access, {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock: createClock(),
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  });
  const pod = { namespace: "lab", name: "agent" };
  try {
    const request = { pod, port: 8080, path: "/leases" };
    return (await client.askPod(request, AbortSignal.timeout(10_000))).body;
  } finally {
    client.close();
  }
}

Deno.test({
  name: "a pod is asked whichever way leads to the API server",
  // The client may hear of the end of a socket later than the test.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn(context) {
    const folder = await Deno.makeTempDir();
    const { cert, key } = await loadCredentials(folder);
    await using server = serve(cert, key);
    const { port } = server.addr as Deno.NetAddr;
    await using proxy = startHttpProxy(port, "me:p@ss");
    await using socks = startSocksProxy(port);
    const direct = {
      server: `https://127.0.0.1:${port}`,
      certificateAuthority: { text: cert },
      token: { text: "t" },
    };
    const { certificateAuthority: _, ...unchecked } = { ...direct, insecureSkipTlsVerify: true };
    const proxyUrl = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
    const ways: Readonly<Record<string, ClusterAccess>> = {
      "straight": direct,
      "behind a path": { ...direct, server: `${direct.server}/k8s/clusters/local` },
      "under another name": { ...direct, tlsServerName: "localhost" },
      "without a check of the certificate": unchecked,
      "through an HTTP proxy": { ...direct, proxyUrl },
      "through an HTTP proxy, without a check": { ...unchecked, proxyUrl },
      "through a SOCKS5 proxy": { ...direct, proxyUrl: `socks5://127.0.0.1:${socks.port}` },
    };
    for (const [name, access] of Object.entries(ways)) {
      await context.step(name, async () => assert.equal(await ask(access), "{}"));
    }
    await Deno.remove(folder, { recursive: true });
  },
});
