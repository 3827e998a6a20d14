/** A shell that runs the steps of a console session one by one. */

import { dirname } from "node:path";
import { kubectlPath } from "../../../tools/kubernetes/programs.ts";
import { commandIn, type NetworkPlace } from "../network/network_namespace.ts";
import { PROGRAMS } from "../process/standalone_process.ts";

const STEP_MS_MAX = 60_000;

/** Where a shell runs, and with which environment. */
export interface ConsoleShellOptions {
  readonly place: NetworkPlace;
  readonly cwd: string;
  /** Added to the inherited variables. */
  readonly env: Readonly<Record<string, string>>;
}

/** A running shell; what a command exports or defines, the next ones see. */
export class ConsoleShell implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #marker = `step-${crypto.randomUUID()}`;
  #unread = "";

  constructor({ place, cwd, env }: ConsoleShellOptions) {
    this.#child = commandIn(place, ["bash", "--noprofile", "--norc"], {
      cwd,
      env,
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * Runs a command to its end.
   *
   * @returns What it printed to both streams.
   * @throws {Error} when it takes too long or ends the shell.
   */
  async run(command: string): Promise<string> {
    // Grouped, so that its last pipe or here-document cannot swallow the redirections.
    const script = `{\n${command}\n} 2>&1 </dev/null\necho ${this.#marker}\n`;
    await this.#writer.write(new TextEncoder().encode(script));
    const deadline = setTimeout(() => this.#giveUp(), STEP_MS_MAX);
    try {
      return await this.#readStep(command);
    } finally {
      clearTimeout(deadline);
    }
  }

  /** Runs a command that has to succeed. @returns What it printed. @throws {Error} with that, when it fails. */
  async succeed(command: string): Promise<string> {
    const failed = `${this.#marker} failed with status`;
    const printed = await this.run(`{\n${command}\n} || echo "${failed} $?"`);
    if (printed.includes(failed)) throw new Error(`$ ${command}\n${printed}`);
    return printed;
  }

  /** What the shell has started may go on, and hold its output. */
  #giveUp(): void {
    this.#child.kill("SIGKILL");
    this.#reader.cancel();
  }

  async #readStep(command: string): Promise<string> {
    const end = `${this.#marker}\n`;
    while (!this.#unread.endsWith(end)) {
      const { value, done } = await this.#reader.read();
      if (done) throw new Error(`$ ${command}\nended the shell after\n${this.#unread}`);
      this.#unread += value;
    }
    const output = this.#unread.slice(0, -end.length);
    this.#unread = "";
    return output;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Closed already when the shell has ended.
    await this.#writer.close().catch(() => undefined);
    await this.#child.status;
    await this.#reader.cancel();
  }
}

/** A shell that finds our executable and kubectl, and nothing of the user's own configuration. */
export async function openConsole(place: NetworkPlace, folder: string): Promise<ConsoleShell> {
  const programs = [dirname(PROGRAMS.executable[0]), dirname(await kubectlPath())];
  return new ConsoleShell({
    place,
    cwd: folder,
    env: {
      PATH: [...programs, Deno.env.get("PATH") ?? ""].join(":"),
      HOME: folder,
      TMPDIR: "/tmp",
      LC_ALL: "C",
      TZ: "UTC",
    },
  });
}
