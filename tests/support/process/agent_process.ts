/** Agents as processes, with an API server that is up or away for them. */

import { writeKubeconfig } from "../../../cmd/compose/standalone/data_folder.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { readControllerCrds } from "../apiserver/crds.ts";
import { startEmbeddedApi } from "../apiserver/embedded_api.ts";
import { ippoolSample } from "../apiserver/samples.ts";
import { ControllerWorld } from "../controller/controller_world.ts";
import { waitUntil } from "../harness/wait_until.ts";
import { freePort } from "../network/free_port.ts";
import { LineLog } from "./line_log.ts";
import { PROGRAMS } from "./standalone_process.ts";

/** What makes one agent differ from another. */
export interface AgentProcessOptions {
  /** Words before the command. */
  readonly before?: readonly string[];
  /** Further arguments. */
  readonly args?: readonly string[];
  /** Path of the snapshot; by default that of the scene. */
  readonly snapshot?: string;
}

/** An API server with a pool, a folder for the snapshot, and agents of that pool. */
export class AgentScene implements AsyncDisposable {
  readonly #cleanUp = new AsyncDisposableStack();

  private constructor(
    readonly folder: string,
    readonly world: ControllerWorld,
  ) {}

  static async create(): Promise<AgentScene> {
    const folder = await Deno.makeTempDir();
    const api = await startEmbeddedApi({ crds: readControllerCrds() });
    const scene = new AgentScene(folder, new ControllerWorld(api.server.handle, "default"));
    scene.#cleanUp.defer(() => Deno.remove(folder, { recursive: true }));
    scene.#cleanUp.use(api);
    scene.#cleanUp.use(scene.world);
    for (
      const [name, url] of [["up", api.server.url], ["away", `https://127.0.0.1:${freePort()}`]]
    ) {
      await writeKubeconfig({ path: `${folder}/${name}`, url: url!, credentials: api.credentials });
    }
    return scene;
  }

  get file(): string {
    return `${this.folder}/snapshot.json`;
  }

  async createPool(
    allocated: Readonly<Record<string, string>>,
    spec: JsonObject = {},
    status: JsonObject = {},
  ): Promise<KubeObject> {
    const pool = await this.world.create(IPPOOLS, ippoolSample({ spec }));
    return await this.bind({ ...pool, status }, allocated);
  }

  /** Records who has which address, in place of what the pool records. */
  async bind(
    pool: KubeObject & { readonly status?: JsonObject },
    allocated: Readonly<Record<string, string>>,
  ): Promise<KubeObject> {
    const ipv4 = { allocated, used: Object.keys(allocated).length, available: 1 };
    const status = { ...pool.status, ipv4 };
    return await this.world.client.replace(IPPOOLS, { ...pool, status }, { subresource: "status" });
  }

  /** Starts an agent while the API server is up, or away. */
  start(server: "up" | "away", options: AgentProcessOptions = {}): AgentProcess {
    const { before = [], args = [], snapshot = this.file } = options;
    return this.#cleanUp.use(
      new AgentProcess(before, [
        ...["--dry-run", "--ippool=default/ippool-1", `--snapshot=${snapshot}`],
        ...[`--kubeconfig=${this.folder}/${server}`, ...args],
      ]),
    );
  }

  /** Resolves when the file holds this version of the pool. */
  async written({ metadata: { resourceVersion } }: KubeObject): Promise<string> {
    return await waitUntil(async () => {
      // Whatever a test has put there: to read from a pipe would wait for ever.
      const isFile = await Deno.stat(this.file).then((info) => info.isFile, () => false);
      const text = isFile ? await Deno.readTextFile(this.file) : "";
      return text.includes(`"resourceVersion":"${resourceVersion}"`) ? text : undefined;
    }, { what: `a snapshot of version ${resourceVersion}` });
  }

  /** Makes the pool and its snapshot; no agent runs any more. */
  async snapshot(
    allocated: Readonly<Record<string, string>>,
    spec: JsonObject = {},
  ): Promise<{ readonly pool: KubeObject; readonly text: string }> {
    const pool = await this.createPool(allocated, spec);
    const agent = this.start("up");
    const text = await this.written(pool);
    await agent.end();
    return { pool, text };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#cleanUp.disposeAsync();
  }
}

/** A running agent without an interface; disposing ends it. */
export class AgentProcess implements AsyncDisposable {
  readonly log = new LineLog();
  readonly httpPort = freePort();
  readonly #process: Deno.ChildProcess;

  constructor(before: readonly string[], args: readonly string[]) {
    const [program = "", ...words] = [...before, ...PROGRAMS.source];
    this.#process = new Deno.Command(program, {
      args: [...words, "agent", `--http=127.0.0.1:${this.httpPort}`, ...args],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.log.follow(this.#process.stdout);
  }

  /** Text of an endpoint; empty while there is none. */
  async get(path: string): Promise<string> {
    const response = await fetch(`http://127.0.0.1:${this.httpPort}${path}`).catch(() => undefined);
    return await response?.text() ?? "";
  }

  /** Resolves with the text of an endpoint once it matches. */
  async until(path: string, wanted: RegExp): Promise<string> {
    let text = "";
    return await waitUntil(async () => {
      text = await this.get(path);
      return wanted.test(text) ? text : undefined;
    }, { what: `${wanted} at ${path}`, explain: () => `${text}\n${this.log.tail()}` });
  }

  /** Resolves with the first line of the log that has this message. */
  says(msg: string): Promise<Readonly<Record<string, unknown>>> {
    return this.log.says(msg);
  }

  /** Resolves with the exit status once the process has ended by itself. */
  async ended(): Promise<number> {
    const { code } = await this.#process.status;
    await this.log.ended();
    return code;
  }

  signal(signal: Deno.Signal): void {
    this.#process.kill(signal);
  }

  async end(): Promise<void> {
    try {
      this.#process.kill("SIGTERM");
    } catch {
      // It has ended.
    }
    await this.ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }
}
