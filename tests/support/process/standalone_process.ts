/** `vm-dhcp standalone` as a process of its own, for tests and the demo. */

import { resolve } from "node:path";
import { type KubeApi, openKubeApi } from "../apiserver/kube_api.ts";
import { LineLog } from "./line_log.ts";
import { commandIn, HERE, type NetworkPlace } from "../network/network_namespace.ts";
import { waitUntil } from "../harness/wait_until.ts";

const PROJECT = resolve(import.meta.dirname ?? ".", "../../..");

/** The program in its two forms: by `deno run`, and as the executable of `./dev compile`. */
export const PROGRAMS = {
  source: [
    Deno.execPath(),
    ...["run", "--allow-all", "--quiet", "--no-prompt", "--config", `${PROJECT}/deno.json`],
    `${PROJECT}/main.ts`,
  ],
  executable: [`${PROJECT}/dist/vm-dhcp`],
} as const;

/** Which form of the program. */
export type ProgramForm = keyof typeof PROGRAMS;

/** How to start standalone. */
export interface StandaloneOptions {
  readonly form?: ProgramForm;
  readonly place?: NetworkPlace;
  readonly dataDir: string;
  /** Values of `--nic`. */
  readonly nics: readonly string[];
  /** Value of `--http`; any free port of loopback by default, `"usual"` for the program's own. */
  readonly http?: string;
  /** More arguments. */
  readonly args?: readonly string[];
}

/** A running standalone; disposing kills it. */
export class StandaloneProcess implements AsyncDisposable {
  readonly log = new LineLog();
  readonly #errors = new LineLog();
  readonly kubeconfigPath: string;
  readonly #child: Deno.ChildProcess;
  #status: Deno.CommandStatus | undefined;

  constructor(
    { form = "source", place = HERE, dataDir, nics, http = "127.0.0.1:0", args = [] }:
      StandaloneOptions,
  ) {
    this.kubeconfigPath = `${dataDir}/kubeconfig`;
    this.#child = commandIn(place, [
      ...PROGRAMS[form],
      ...["standalone", "--debug", "--data-dir", dataDir],
      ...(http === "usual" ? [] : ["--http", http]),
      ...nics.flatMap((nic) => ["--nic", nic]),
      ...args,
    ], { stdin: "null", stdout: "piped", stderr: "piped" }).spawn();
    this.log.follow(this.#child.stdout);
    const [errors, copy] = this.#child.stderr.tee();
    this.log.follow(errors);
    this.#errors.follow(copy);
    this.#child.status.then((status) => this.#status = status);
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** Starts standalone and waits until it is ready. */
  static async start(options: StandaloneOptions): Promise<StandaloneProcess> {
    const standalone = new StandaloneProcess(options);
    try {
      await standalone.ready();
      return standalone;
    } catch (error) {
      await standalone[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Where health, metrics and dumps are served, such as `http://127.0.0.1:8080`. */
  url(): Promise<string> {
    return this.#wait("the start of standalone", () => {
      const http = this.log.entries("standalone started")[0]?.["http"];
      return typeof http === "string" ? http : undefined;
    });
  }

  /** Resolves when `/readyz` says so. */
  async ready(): Promise<void> {
    const url = `${await this.url()}/readyz`;
    await this.#wait("standalone to be ready", async () => {
      const response = await fetch(url);
      await response.body?.cancel();
      return response.ok || undefined;
    });
  }

  /** Text of an endpoint such as `/metrics`. */
  async get(path: string): Promise<string> {
    const response = await fetch(`${await this.url()}${path}`);
    return await response.text();
  }

  /** Access to the Kubernetes API that it serves; to be disposed. */
  api(): Promise<KubeApi> {
    return openKubeApi(this.kubeconfigPath);
  }

  /** What it has printed to stderr so far. */
  errors(): string {
    return this.#errors.lines.map((line) => `${line}\n`).join("");
  }

  /** Sends a signal. */
  signal(signal: Deno.Signal): void {
    if (this.#status === undefined) this.#child.kill(signal);
  }

  /** Resolves with the exit status once the process has ended. */
  async ended(limitMs = 20_000): Promise<Deno.CommandStatus> {
    const status = await waitUntil(() => this.#status, {
      what: "the end of standalone",
      limitMs,
      explain: () => this.log.tail(),
    });
    await Promise.all([this.log.ended(), this.#errors.ended()]);
    return status;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.ended();
  }

  #wait<T>(what: string, ask: () => T | undefined | Promise<T | undefined>): Promise<T> {
    return waitUntil(async () => {
      if (this.#status !== undefined) {
        throw new Error(`standalone ended with ${this.#status.code}\n${this.log.tail()}`);
      }
      return await ask();
    }, { what, explain: () => this.log.tail() });
  }
}
