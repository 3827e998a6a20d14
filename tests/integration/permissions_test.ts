/** What a command may still do once it runs, and that it can do what its kubeconfig asks for. */

import assert from "node:assert/strict";
import { freePort } from "../support/network/free_port.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { withCommand } from "../support/process/cluster_command.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

const API_VERSION = "client.authentication.k8s.io/v1";

const AGENT = [
  "agent",
  "--ippool",
  "default/a",
  "--nic",
  "lo",
  "--kubeconfig",
  "FOLDER/kubeconfig",
];
const CONTROLLER = ["controller", "--kubeconfig", "FOLDER/kubeconfig"];
const STANDALONE = ["standalone", "--nic", "lo", "--data-dir", "FOLDER/data"];
const PLUGIN = `exec: {apiVersion: ${API_VERSION}, command: ./plugin}`;
const UNCHECKED = "insecure-skip-tls-verify: true";
const HTTPS = `https://127.0.0.1:${freePort()}`;

const KEPT: readonly {
  readonly what: string;
  readonly args: readonly string[];
  readonly server?: string;
  readonly cluster?: string;
  readonly user?: string;
  readonly kept: string;
}[] = [
  { what: "an agent", args: AGENT, kept: "env ffi net read sys" },
  {
    what: "an agent with a credential plugin",
    args: AGENT,
    user: PLUGIN,
    kept: "env ffi net read run sys",
  },
  {
    what: "an agent of a server that it does not check",
    args: AGENT,
    server: HTTPS,
    cluster: UNCHECKED,
    kept: "env ffi net read sys write",
  },
  {
    what: "an agent that keeps a snapshot",
    args: [...AGENT, "--snapshot", "FOLDER/snapshot.json"],
    kept: "env ffi net read sys write",
  },
  { what: "a controller", args: CONTROLLER, kept: "env net read sys" },
  {
    what: "a controller with a credential plugin",
    args: CONTROLLER,
    user: PLUGIN,
    kept: "env net read run sys",
  },
  { what: "standalone", args: STANDALONE, kept: "env ffi net read sys write" },
];

for (const { what, kept, ...command } of KEPT) {
  await integrationTest({
    name: `${what} keeps no more permissions than ${kept}`,
    needs: ["executable", "namespaces"],
    run: () =>
      withCommand(command, async ({ log }) => {
        const left = await waitUntil(() => log.entries("permissions kept")[0]?.["permissions"], {
          what: "the permissions in the log",
          explain: () => log.tail(),
        });
        assert.deepEqual(left, kept.split(" "));
      }),
  });
}

/** An API server that knows nothing, and remembers what it was shown. */
async function withServer(
  use: (server: string, shown: ReadonlySet<string | null>) => Promise<void>,
): Promise<void> {
  const shown = new Set<string | null>();
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    shown.add(request.headers.get("authorization"));
    return new Response("{}", { status: 500 });
  });
  try {
    await use(`http://127.0.0.1:${server.addr.port}`, shown);
  } finally {
    await server.shutdown();
  }
}

const CREDENTIAL = JSON.stringify({
  apiVersion: API_VERSION,
  kind: "ExecCredential",
  status: { token: "of-the-plugin" },
});

await integrationTest({
  name: "the executable shows what the plugin beside its kubeconfig gives",
  needs: ["executable", "namespaces"],
  run: () =>
    withServer((server, shown) =>
      withCommand({
        args: AGENT,
        server,
        user:
          `exec: {apiVersion: ${API_VERSION}, command: ./plugin, env: [{name: WORD, value: x}]}`,
        files: { plugin: `#!/bin/sh\n[ "$WORD" = x ] && echo '${CREDENTIAL}'\n` },
      }, async ({ log }) => {
        await waitUntil(() => shown.size > 0 || undefined, {
          what: "a request",
          explain: () => log.tail(),
        });
        assert.deepEqual([...shown], ["Bearer of-the-plugin"]);
      })
    ),
});

const BAD_PLUGINS: readonly {
  readonly what: string;
  readonly script: string;
  readonly says: RegExp;
}[] = [
  {
    what: "that fails",
    script: "#!/bin/sh\necho 'log in first' >&2; exit 3\n",
    says: /the credential plugin \S+\/plugin ended with 3: log in first$/,
  },
  {
    what: "that prints without end",
    script: "#!/bin/sh\nexec yes\n",
    says: /the credential plugin \S+\/plugin printed more than 1024 KiB$/,
  },
  {
    what: "that is no program",
    script: "",
    says: /the credential plugin \S+\/plugin /,
  },
];

for (const { what, script, says } of BAD_PLUGINS) {
  await integrationTest({
    name: `the executable says in a sentence what is wrong with a credential plugin ${what}`,
    needs: ["executable", "namespaces"],
    run: () =>
      withServer((server, shown) =>
        withCommand(
          { args: AGENT, server, user: PLUGIN, files: { plugin: script } },
          async (it) => {
            const error = await waitUntil(() => it.log.entries("list failed")[0]?.["error"], {
              what: "a failed list",
              explain: () => it.log.tail(),
            });
            assert.match(String(error), says);
            assert.equal(shown.size, 0);
          },
        )
      ),
  });
}
