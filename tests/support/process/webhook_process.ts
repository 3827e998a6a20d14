/** `vm-dhcp webhook` as a process of its own. */

import { freePort } from "../network/free_port.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { LineLog } from "./line_log.ts";
import { PROGRAMS } from "./standalone_process.ts";

/** A running replica; disposing kills it. */
export class WebhookProcess implements AsyncDisposable {
  readonly log = new LineLog();
  readonly port = freePort();
  readonly httpPort = freePort();
  readonly #child: Deno.ChildProcess;
  #hasEnded = false;

  /** @param env Such as that of a clock. */
  constructor(
    kubeconfig: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ) {
    this.#child = new Deno.Command(PROGRAMS.executable[0], {
      args: [
        ...["webhook", "--kubeconfig", kubeconfig, "--https-port", `${this.port}`, "--debug"],
        ...["--http", `127.0.0.1:${this.httpPort}`, ...args],
      ],
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.log.follow(this.#child.stdout);
    this.log.follow(this.#child.stderr);
    this.#child.status.then(() => this.#hasEnded = true);
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves when `/readyz` says so. */
  async isReady(): Promise<void> {
    await this.readyzSays(/^\{"ok":true/);
  }

  /** Resolves when the answer of `/readyz` has this. */
  async readyzSays(wanted: RegExp): Promise<void> {
    await waitUntil(async () => {
      if (this.#hasEnded) throw new Error(`the webhook ended\n${this.log.tail()}`);
      return wanted.test(await this.get("/readyz").catch(() => "")) || undefined;
    }, { what: `${wanted} in /readyz`, limitMs: 60_000, explain: () => this.log.tail() });
  }

  /** Resolves when it has endpoints, ready or not. */
  async serves(): Promise<void> {
    await waitUntil(() => this.get("/healthz").catch(() => undefined), {
      what: "the endpoints of the webhook",
      explain: () => this.log.tail(),
    });
  }

  async get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`);
    return await response.text();
  }

  /** Sends a signal and waits for the end. */
  async end(signal: Deno.Signal): Promise<Deno.CommandStatus> {
    if (!this.#hasEnded) this.#child.kill(signal);
    const status = await this.#child.status;
    await this.log.ended();
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end("SIGKILL");
  }
}
