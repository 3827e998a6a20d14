/** Whatever goes wrong on the way to the API server, no log line holds a credential. */

import assert from "node:assert/strict";
import { CONFIG_MAPS, configMap, statusBody } from "../../support/kube/kube_samples.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { clusterAccessOf, mergeKubeconfigs } from "../../../lib/kube/access/kubeconfig.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createLineLogger } from "../../../lib/sys/host/line_logger.ts";
import { FastClock } from "../../support/clocks/fast_clock.ts";
import { setUpInformer } from "../../support/kube/informer_setup.ts";
import { startHttpProxy } from "./proxies.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { type Script, ScriptedServer } from "../../support/kube/scripted_server.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const SPEED = 50;
const SECRET = "s3cr3t-0123456789";
/** The plain secret, and its forms in basic authentication and in base64 data. */
const FORMS = [SECRET, btoa(`me:${SECRET}`), btoa(SECRET)];

const MAP_A = { namespace: "default", name: "a" };

/** Servers that send back what they got, in the worst places. */
const ANSWERS: Readonly<Record<string, Script>> = {
  "a proxy's page with the request": (exchange) =>
    exchange.respond(502, `bad: ${[...exchange.headers].join("\n")}`),
  "a refusal": (exchange) => exchange.respond(401, statusBody(401, "Unauthorized")),
  "no JSON": (exchange) => exchange.respond(200, `{"token":"${SECRET}`),
  "a reset": (exchange) => exchange.reset(),
  "an event that is none": async (exchange) => {
    if (!exchange.query.has("watch")) {
      return await exchange.respond(200, {
        ...configMap("a", 1),
        metadata: { resourceVersion: "1" },
        items: [],
      });
    }
    await exchange.startStream();
    await exchange.write(`{"type":"ADDED","object":{"data":"${SECRET}"}}\n`);
  },
};

const CREDENTIALS: Readonly<Record<string, Partial<ClusterAccess>>> = {
  "a token": { token: { text: SECRET } },
  "a password": { basicAuth: { username: "me", password: SECRET } },
  "a plugin": {
    exec: {
      apiVersion: "client.authentication.k8s.io/v1",
      command: "sh",
      args: ["-c", `echo '{"token":"${SECRET}"}'`],
      env: { PASSWORD: SECRET },
    },
  },
};

/** Reads, writes and watches. @returns All log lines, and the errors of the calls. */
async function logOf(access: ClusterAccess): Promise<string> {
  const lines: string[] = [];
  const clock = new FastClock(SPEED);
  const log = createLineLogger({
    format: "json",
    level: "debug",
    nowMs: Date.now,
    writeLine: (line) => lines.push(line),
  });
  const registry = new RecordingRegistry();
  const parts = { clock, random: Math.random, log, registry };
  const client = createKubeClient(access, { ...parts, userAgent: "vm-dhcp-tests" });
  const { stop, run } = setUpInformer(client, clock, { log });
  const ended = run();
  try {
    const calls = [client.get(CONFIG_MAPS, MAP_A), client.mergePatch(CONFIG_MAPS, MAP_A, {})];
    for (const outcome of await Promise.allSettled(calls)) {
      const error = outcome.status === "rejected" ? outcome.reason : new Error("none");
      log.log("error", "call failed", { error });
    }
    await waitUntil(() => lines.length > 3 || undefined, { what: "lines of the log" });
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
  return lines.join("\n");
}

function checkSilent(text: string): void {
  for (const form of FORMS) assert.ok(!text.includes(form), text);
}

for (const [what, answer] of Object.entries(ANSWERS)) {
  for (const [who, identity] of Object.entries(CREDENTIALS)) {
    Deno.test(`no log line has the secret of ${who} when the API server answers with ${what}`, async () => {
      const server = await ScriptedServer.start(answer);
      try {
        checkSilent(await logOf({ server: server.url, ...identity }));
      } finally {
        await server.close();
      }
    });
  }
}

Deno.test("no log line has the password of a proxy that refuses it or cannot be reached", async () => {
  let port: number;
  {
    await using proxy = startHttpProxy(1, "me:another");
    port = proxy.port;
    const proxyUrl = `http://me:${SECRET}@127.0.0.1:${port}`;
    checkSilent(await logOf({ server: "https://127.0.0.1:1", proxyUrl }));
  }
  const proxyUrl = `http://me:${SECRET}@127.0.0.1:${port}`;
  checkSilent(await logOf({ server: "https://127.0.0.1:1", proxyUrl }));
});

/** Unusable files, with a secret where it is least expected. */
const KUBECONFIGS: readonly string[] = [
  `users: [{name: u, user: {token: ${SECRET}`,
  `users: [{name: u, user: {token: [${SECRET}]}}]`,
  `users: [{name: u, user: {client-key-data: ${SECRET}, client-certificate-data: x}}]`,
  `users: [{name: u, user: {token: ${SECRET}, username: me}}]`,
  `users: [{name: u, user: {password: ${SECRET}}}]`,
  `users: [{name: u, user: {auth-provider: {config: {id-token: ${SECRET}}}}}]`,
  `clusters: [{name: c, cluster: {server: "https://me:${SECRET}@x"}}]`,
  `clusters: [{name: c, cluster: {server: "https://x", proxy-url: "ftp://me:${SECRET}@x"}}]`,
];

for (const [index, part] of KUBECONFIGS.entries()) {
  Deno.test(`no message about a kubeconfig has a secret from it (${index + 1})`, () => {
    const text = [
      "current-context: a",
      "contexts: [{name: a, context: {cluster: c, user: u}}]",
      ...(part.startsWith("clusters")
        ? ["users: [{name: u, user: {}}]"]
        : [`clusters: [{name: c, cluster: {server: "https://x"}}]`]),
      part,
    ].join("\n");
    assert.throws(
      () => clusterAccessOf(mergeKubeconfigs([{ path: "/x/config", text }])),
      (error) => {
        checkSilent(`${error}${(error as Error).stack}${(error as Error).cause}`);
        return true;
      },
    );
  });
}
