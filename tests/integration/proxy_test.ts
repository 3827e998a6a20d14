/** Proxies of the environment, as the executable uses them. */

import assert from "node:assert/strict";
import { withCommand } from "../support/process/cluster_command.ts";
import { freePort } from "../support/network/free_port.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { startHttpProxy, startSocksProxy } from "./kube/proxies.ts";

const CREDENTIALS = "me:p@ss";
const CONTROLLER = ["controller", "--kubeconfig", "FOLDER/kubeconfig"];
const FAILED = "lease could not be claimed or renewed";

const CASES: readonly {
  readonly what: string;
  readonly server: string;
  /** Whether the kubeconfig names the proxy. */
  readonly isInKubeconfig?: boolean;
  /** `PROXY` in the values stands for its URL. */
  readonly env: Readonly<Record<string, string>>;
  readonly target: string | undefined;
}[] = [
  {
    what: "HTTPS_PROXY",
    server: "https://api.example.test:6443",
    env: { HTTPS_PROXY: "PROXY" },
    target: "api.example.test:6443",
  },
  {
    what: "https_proxy and a NO_PROXY for others",
    server: "https://api.example.test",
    env: { https_proxy: "PROXY", no_proxy: "10.0.0.0/8,other.test" },
    target: "api.example.test:443",
  },
  {
    what: "NO_PROXY for the domain",
    server: "https://api.example.test:6443",
    env: { HTTPS_PROXY: "PROXY", NO_PROXY: "example.test" },
    target: undefined,
  },
  {
    what: "NO_PROXY for the network",
    server: "https://192.0.2.1:6443",
    env: { HTTPS_PROXY: "PROXY", NO_PROXY: "192.0.2.0/24" },
    target: undefined,
  },
  {
    what: "a server on loopback",
    server: `https://127.0.0.1:${freePort()}`,
    env: { HTTPS_PROXY: "PROXY", ALL_PROXY: "PROXY" },
    target: undefined,
  },
  {
    what: "a proxy-url, whatever the environment says",
    server: "https://api.example.test:6443",
    isInKubeconfig: true,
    env: { HTTPS_PROXY: "http://127.0.0.1:9", NO_PROXY: "*" },
    target: "api.example.test:6443",
  },
];

for (const { what, server, isInKubeconfig = false, env, target } of CASES) {
  await integrationTest({
    name: `with ${what} the executable goes ${target === undefined ? "directly" : "through it"}`,
    needs: ["executable"],
    run: async () => {
      await using proxy = startHttpProxy(freePort(), CREDENTIALS);
      const url = `http://me:p%40ss@127.0.0.1:${proxy.port}`;
      const values = Object.entries(env).map(([name, value]) =>
        [name, value.replace("PROXY", url)] as const
      );
      await withCommand({
        args: CONTROLLER,
        server,
        cluster: isInKubeconfig ? `proxy-url: "${url}"` : "",
        env: Object.fromEntries(values),
      }, async ({ log }) => {
        await waitUntil(() => log.entries(FAILED)[0], {
          what: "a failed request",
          explain: () => log.tail(),
        });
        assert.deepEqual([...new Set(proxy.targets)], target === undefined ? [] : [target]);
      });
    },
  });
}

await integrationTest({
  name: "with a SOCKS5 proxy the executable sends both its lists and its watches through it",
  needs: ["executable", "namespaces"],
  run: async () => {
    const server = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const accepted = (async () => {
      for await (const conn of server) conn.close();
    })().catch(() => {});
    await using proxy = startSocksProxy(server.addr.port);
    await withCommand({
      args: ["agent", "--ippool", "default/p", "--nic", "lo", "--kubeconfig", "FOLDER/kubeconfig"],
      server: "https://192.0.2.1:6443",
      env: { HTTPS_PROXY: `socks5://127.0.0.1:${proxy.port}` },
    }, async ({ log }) => {
      // The first is a watch that begins with a list, those after it are lists.
      const failed = await waitUntil(() => {
        const entries = log.entries("list failed");
        return entries.length >= 3 ? entries : undefined;
      }, { what: "three failed requests", limitMs: 30_000, explain: () => log.tail() });
      for (const { error } of failed) assert.doesNotMatch(`${error}`, /scheme/);
      assert.ok(proxy.targets.length >= 3, String(proxy.targets));
    });
    server.close();
    await accepted;
  },
});

await integrationTest({
  name: "standalone reaches itself whatever proxies the environment names",
  needs: ["executable", "namespaces"],
  run: async () => {
    const dead = `http://127.0.0.1:${freePort()}`;
    await withCommand({
      args: ["standalone", "--nic", "lo", "--data-dir", "FOLDER/data"],
      env: { HTTPS_PROXY: dead, HTTP_PROXY: dead, ALL_PROXY: dead, https_proxy: dead },
    }, async ({ log }) => {
      await waitUntil(() => log.entries("standalone started")[0], {
        what: "the start of standalone",
        explain: () => log.tail(),
      });
    });
  },
});
