/** Nobody has to read what the program writes. */

import assert from "node:assert/strict";
import { freePort } from "../support/network/free_port.ts";
import { integrationTest } from "../support/harness/integration_test.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { waitUntil } from "../support/harness/wait_until.ts";

/** A pipe that is full, and that the program itself keeps open: a write to it waits for ever. */
const FULL_PIPE = 'mkfifo "$0"; exec 9<>"$0"; head -c 65536 /dev/zero >&9';

const OUTPUTS: readonly { readonly what: string; readonly shell: string }[] = [
  { what: "whose standard output nobody reads", shell: `${FULL_PIPE}; exec "$@" >&9 2>/dev/null` },
  {
    what: "of which nobody reads anything",
    shell: `${FULL_PIPE}; exec "$@" >&9 2>&9`,
  },
  { what: "whose disk for the log is full", shell: 'exec "$@" >/dev/full 2>&1' },
  { what: "whose reader has gone", shell: 'exec "$@" > >(exec true) 2>&1' },
  { what: "whose outputs are closed", shell: 'exec "$@" >&- 2>&-' },
];

async function textOf(url: string): Promise<string> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
    return await response.text();
  } catch {
    return "";
  }
}

async function isHealthy(port: number): Promise<boolean> {
  return await textOf(`http://127.0.0.1:${port}/healthz`) !== "";
}

async function failuresOf(port: number): Promise<number> {
  const text = await textOf(`http://127.0.0.1:${port}/metrics`);
  const counted = /^rest_client_requests_total\{code="<error>".*\} (\d+)$/m.exec(text)?.[1];
  return Number(counted ?? 0);
}

for (const { what, shell } of OUTPUTS) {
  await integrationTest({
    name: `a process ${what} works on, answers and ends when it is asked to`,
    needs: ["executable"],
    run: async () => {
      const folder = await Deno.makeTempDir();
      const kubeconfig = `${folder}/kubeconfig`;
      await Deno.writeTextFile(
        kubeconfig,
        `{current-context: a, contexts: [{name: a, context: {cluster: a}}],
        clusters: [{name: a, cluster: {server: "http://127.0.0.1:${freePort()}"}}]}`,
      );
      const port = freePort();
      const child = new Deno.Command("bash", {
        args: [
          ...["-c", shell, `${folder}/pipe`, PROGRAMS.executable[0], "controller", "--debug"],
          ...["--kubeconfig", kubeconfig, "--http", `127.0.0.1:${port}`],
        ],
        stdin: "null",
      }).spawn();
      let status: Deno.CommandStatus | undefined;
      child.status.then((ended) => status = ended);
      try {
        await waitUntil(async () => await isHealthy(port) || undefined, {
          what: "an answer of /healthz",
        });
        // Each failure is logged.
        await waitUntil(async () => await failuresOf(port) >= 3 || undefined, {
          what: "three failed requests",
        });
        child.kill("SIGTERM");
        const ended = await waitUntil(() => status, { what: "the end of the process" });
        assert.equal(ended.code, 0);
      } finally {
        if (status === undefined) child.kill("SIGKILL");
        await child.status;
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
