/** `vm-dhcp controller` as a process of its own. */

import { LineLog } from "./line_log.ts";
import { type ProgramForm, PROGRAMS } from "./standalone_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

/** A running controller; disposing kills it. */
export class ControllerProcess implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #child: Deno.ChildProcess;
  #status: Deno.CommandStatus | undefined;

  /** @param args Flags besides `--kubeconfig` and `--http`; it deploys agents if they name an image. */
  constructor(
    kubeconfigPath: string,
    readonly httpPort: number,
    args: readonly string[] = [],
    form: ProgramForm = "source",
  ) {
    const [program, ...before] = PROGRAMS[form];
    const isDeploying = args.some((arg) => arg.startsWith("--image"));
    this.#child = new Deno.Command(program, {
      args: [
        ...before,
        ...["controller", "--kubeconfig", kubeconfigPath, "--http", `127.0.0.1:${httpPort}`],
        ...(isDeploying ? [] : ["--no-agent"]),
        ...args,
      ],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.log.follow(this.#child.stdout);
    this.log.follow(this.#child.stderr);
    this.#child.status.then((status) => this.#status = status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  get hasEnded(): boolean {
    return this.#status !== undefined;
  }

  /** Its identity in the election. */
  identity(): Promise<string> {
    return this.#wait("the start of the controller", () => {
      const identity = this.log.entries("waiting for leadership")[0]?.["identity"];
      return typeof identity === "string" ? identity : undefined;
    });
  }

  /** Resolves when it leads. */
  async leads(limitMs?: number): Promise<void> {
    await this.#wait("leadership", () => this.log.entries("became leader")[0], limitMs);
  }

  /** Body of an endpoint such as `/readyz`. */
  async get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`);
    return await response.text();
  }

  signal(signal: Deno.Signal): void {
    if (this.#status === undefined) this.#child.kill(signal);
  }

  /** Resolves with the exit status once the process has ended. */
  async ended(limitMs = 30_000): Promise<Deno.CommandStatus> {
    const status = await waitUntil(() => this.#status, {
      what: "the end of the controller",
      limitMs,
      explain: () => this.log.tail(),
    });
    await this.log.ended();
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  #wait<T>(what: string, ask: () => T | undefined, limitMs?: number): Promise<T> {
    return waitUntil(() => {
      if (this.#status !== undefined) {
        throw new Error(`the controller ended with ${this.#status.code}\n${this.log.tail()}`);
      }
      return ask();
    }, {
      what,
      explain: () => this.log.tail(),
      ...(limitMs === undefined ? {} : { limitMs }),
    });
  }
}
