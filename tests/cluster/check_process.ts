/** `vm-dhcp check` as a process, and a stand-in for the controller that it asks. */

import assert from "node:assert/strict";
import { waitUntil } from "../support/harness/wait_until.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

/** Starts the command. */
export function startCheck(kubeconfig: string, ...args: readonly string[]): Deno.ChildProcess {
  const [program, ...before] = PROGRAMS.source;
  return new Deno.Command(program, {
    args: [...before, "check", "--kubeconfig", kubeconfig, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

export async function outcomeOf(check: Deno.ChildProcess) {
  const { code, stdout, stderr } = await check.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Ends a command that tries again and again once it has failed as often. */
export async function outcomeAfterFailures(
  check: Deno.ChildProcess,
  controller: StandInController,
  failures: number,
) {
  await waitUntil(() => controller.asked >= failures || undefined, { what: "another attempt" });
  check.kill("SIGTERM");
  return await outcomeOf(check);
}

/** Serves `/readyz` as a controller does. */
export class StandInController implements AsyncDisposable {
  asked = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  /** @param readyAfter How often it is asked before it is ready. */
  constructor(readyAfter: number) {
    const options = { hostname: "127.0.0.1", port: 0, onListen: () => {} };
    this.#server = Deno.serve(options, (request) => {
      assert.equal(new URL(request.url).pathname, "/readyz");
      return ++this.asked > readyAfter
        ? new Response('{"ok":true}\n')
        : new Response('{"ok":false,"reasons":["caches are not synced"]}\n', { status: 503 });
    });
  }

  get address(): string {
    return `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
