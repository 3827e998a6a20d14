/** The compiled program as a process that can be troubled from all sides. */

import { LineLog } from "../../support/process/line_log.ts";
import { commandIn, HERE, runIn } from "../../support/network/network_namespace.ts";
import { PROGRAMS } from "../../support/process/standalone_process.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { residentMbOf } from "../../bench/packets/process_stats.ts";

/** Folder of the process alone: a small disk of its own. */
const DISK = "/mnt";
const DISK_MB = 16;
const DISK_BLOCK_BYTES = 65536;

/** What runs, and how it is reached. */
export interface TroubledOptions {
  /** What it is called in errors. */
  readonly name: string;
  /** The command and its flags, without `--http`; the disk is the folder {@link DISK}. */
  readonly args: readonly string[];
  readonly httpPort: number;
  readonly env: Readonly<Record<string, string>>;
  /** Files and sockets that it may have open at most. */
  readonly descriptors: number;
}

/** A running command whose output nobody reads; disposing ends it. */
export class TroubledProcess implements AsyncDisposable {
  static readonly disk = DISK;
  readonly httpPort: number;
  readonly url: string;
  readonly #name: string;
  readonly #descriptors: number;
  readonly #child: Deno.ChildProcess;
  #ended: Deno.CommandStatus | undefined;

  constructor({ name, args, httpPort, env, descriptors }: TroubledOptions) {
    this.httpPort = httpPort;
    this.url = `http://127.0.0.1:${httpPort}`;
    this.#name = name;
    this.#descriptors = descriptors;
    const mount = `mount -t tmpfs -o size=${DISK_MB}m none ${DISK} && exec "$@"`;
    this.#child = commandIn(HERE, [
      // The kernel ends it even when the test itself is killed.
      ...["prlimit", `--nofile=${descriptors}:${descriptors}`],
      ...["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "sh", "-c", mount, "sh"],
      // Only the program gets the environment.
      ...["env", ...Object.entries(env).map(([key, value]) => `${key}=${value}`)],
      ...[...PROGRAMS.executable, ...args, "--http", `127.0.0.1:${httpPort}`],
    ], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.#child.status.then((status) => this.#ended = status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** A path of its disk as others see it. */
  path(file: string): string {
    return `/proc/${this.pid}/root${DISK}/${file}`;
  }

  /** Waits until `/readyz` says yes. */
  async ready(): Promise<void> {
    let last = "";
    await waitUntil(async () => {
      if (this.#ended !== undefined) {
        throw new Error(`${this.#name} ended\n${await this.#output()}`);
      }
      try {
        const response = await fetch(`${this.url}/readyz`, { signal: AbortSignal.timeout(5000) });
        last = await response.text();
        return response.ok || undefined;
      } catch (error) {
        last = String(error);
        return undefined;
      }
    }, { what: `${this.#name} to be ready`, limitMs: 60_000, explain: () => last });
  }

  /** @throws {Error} when it has ended. */
  checkRunning(): void {
    if (this.#ended !== undefined) {
      throw new Error(`${this.#name} ended: ${JSON.stringify(this.#ended)}`);
    }
  }

  residentMb(): Promise<number> {
    return residentMbOf(this.pid);
  }

  async metrics(): Promise<string> {
    return await (await fetch(`${this.url}/metrics`)).text();
  }

  signal(signal: Deno.Signal): void {
    this.checkRunning();
    this.#child.kill(signal);
  }

  /** From now on it gets no further descriptor; it keeps those that it has. */
  async exhaustDescriptors(): Promise<void> {
    await this.#limitDescriptors(0);
  }

  /** Undoes {@link exhaustDescriptors}. */
  async freeDescriptors(): Promise<void> {
    await this.#limitDescriptors(this.#descriptors);
  }

  /** Writes until not one octet more fits on its disk. */
  async fillDisk(): Promise<void> {
    using file = await Deno.open(this.path("filler"), { create: true, append: true });
    for (let size = DISK_BLOCK_BYTES; size >= 1;) {
      try {
        await file.write(new Uint8Array(size));
      } catch {
        size = Math.floor(size / 2);
      }
    }
  }

  async emptyDisk(): Promise<void> {
    await Deno.remove(this.path("filler")).catch(() => {});
  }

  /** Ends it. @returns Its status, and what it printed. */
  async end(): Promise<Deno.CommandStatus & { readonly log: LineLog }> {
    const log = new LineLog();
    log.follow(this.#child.stdout);
    log.follow(this.#child.stderr);
    if (this.#ended === undefined) this.#child.kill("SIGTERM");
    const status = await this.#child.status;
    await log.ended();
    return { ...status, log };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#ended === undefined) this.#child.kill("SIGKILL");
    await this.#child.status;
    await Promise.all(
      [this.#child.stdout.cancel(), this.#child.stderr.cancel()].map((each) => each.catch(() => {}) // Its output was read.
      ),
    );
  }

  /** The last of what it printed, once it has ended. */
  async #output(): Promise<string> {
    const { log } = await this.end();
    return log.tail();
  }

  async #limitDescriptors(count: number): Promise<void> {
    const limits = `--nofile=${count}:${this.#descriptors}`;
    await runIn(HERE, "prlimit", "--pid", String(this.pid), limits);
  }
}
