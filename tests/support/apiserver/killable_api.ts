/** An embedded API server in a process of its own, which tests kill. */

import { loadCredentials } from "../../../cmd/compose/data_folder.ts";
import { ApiConnection } from "./api_connection.ts";

const SCRIPT = new URL("./api_server_process.ts", import.meta.url).pathname;

/** A process that was started and may or may not listen yet; disposing kills it. */
export class KillableApi implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reader: ReadableStreamDefaultReader<string>;
  readonly #folder: string;

  /** @param folder Of the database; outlives the process. */
  constructor(folder: string) {
    this.#folder = folder;
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--allow-all", "--no-check", SCRIPT, folder],
      stdin: "null",
      stdout: "piped",
    }).spawn();
    this.#reader = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  }

  /**
   * Waits until it listens.
   *
   * @throws {Error} when it ends instead.
   */
  async connect(): Promise<ApiConnection> {
    const server = ((await this.#reader.read()).value ?? "").trim();
    if (!server.startsWith("https://")) throw new Error("the API server did not start");
    const { cert, token } = await loadCredentials(this.#folder);
    return new ApiConnection({ server, certificateAuthority: cert, token });
  }

  /** Sends SIGKILL and waits until the process is gone; killing it again does nothing. */
  async kill(): Promise<void> {
    try {
      this.#child.kill("SIGKILL");
    } catch (error) {
      if (!(error instanceof TypeError)) throw error; // It has ended already.
    }
    await this.#child.status;
    await this.#reader.cancel();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
  }
}
