/** `vm-dhcp webhook` as a process of its own, and the one port at which API servers reach its replicas. */

import { freePort } from "../support/network/free_port.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { LineLog } from "../support/process/line_log.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";

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

/** What a Service does: new connections go to the replicas in turn, and past those that are gone. */
export class Front implements Disposable {
  ports: readonly number[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #next = 0;

  constructor() {
    void this.#run();
  }

  get url(): string {
    return `https://127.0.0.1:${this.#listener.addr.port}`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #run(): Promise<void> {
    for await (const client of this.#listener) void this.#relay(client);
  }

  async #relay(client: Deno.TcpConn): Promise<void> {
    for (let i = 0; i < this.ports.length; i++) {
      const port = this.ports[this.#next++ % this.ports.length]!;
      try {
        const replica = await Deno.connect({ hostname: "127.0.0.1", port });
        // As Go's clients have it: a body that waits for the acknowledgement of its head takes 40 ms.
        for (const conn of [client, replica]) conn.setNoDelay(true);
        // What a replica that was killed leaves ends at once, as without anybody in between.
        await Promise.race([
          client.readable.pipeTo(replica.writable),
          replica.readable.pipeTo(client.writable),
        ]).catch(() => {});
        for (const conn of [client, replica]) closeQuietly(conn);
        return;
      } catch {
        // The next one.
      }
    }
    client.close();
  }
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It is closed already.
  }
}
