/** A program that a test runs, and that never outlives the test. */

import { LineLog } from "./line_log.ts";

/** Options of {@link TestProcess.start}. */
export interface TestProcessOptions {
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A running program. */
export class TestProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #log = new LineLog();
  #ended = false;

  private constructor(readonly path: string, child: Deno.ChildProcess) {
    this.#child = child;
    this.#log.follow(child.stdout);
    this.#log.follow(child.stderr);
    child.status.then(() => this.#ended = true);
  }

  static start({ path, args, env = {} }: TestProcessOptions): TestProcess {
    const child = new Deno.Command("setpriv", {
      // The kernel ends it even when the test itself is killed.
      args: ["--pdeathsig", "KILL", path, ...args],
      env: { ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    return new TestProcess(path, child);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Its last output, for error messages. */
  tail(): string {
    return `${this.path}${this.#ended ? " has ended" : ""}:\n${this.#log.tail()}`;
  }

  /** @throws {Error} with its last words when it has ended. */
  checkRunning(): void {
    if (this.#ended) throw new Error(this.tail());
  }

  /** Sends a signal, if it is still there. */
  kill(signal: Deno.Signal): void {
    if (!this.#ended) this.#child.kill(signal);
  }

  /** Kills it and waits for its end. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.kill("SIGCONT");
    this.kill("SIGKILL");
    await this.#child.status;
    await this.#log.ended();
  }
}
