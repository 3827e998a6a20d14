/** The embedded API server as a process of its own, which a test can kill and start again. */

import { loadCredentials } from "../../../cmd/compose/standalone/data_folder.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { TestProcess } from "../process/test_process.ts";
import { waitUntil } from "../harness/wait_until.ts";

const SCRIPT = new URL("./api_server_process.ts", import.meta.url).pathname;

/** Serves Gadgets and the project's own kinds; disposing ends it and removes its folder. */
export class EmbeddedProcess implements AsyncDisposable {
  readonly access: ClusterAccess;
  readonly #folder: string;
  #process: TestProcess;

  private constructor(access: ClusterAccess, folder: string, process: TestProcess) {
    this.access = access;
    this.#folder = folder;
    this.#process = process;
  }

  /** Starts a server with an empty database. */
  static async start(): Promise<EmbeddedProcess> {
    const folder = await Deno.makeTempDir();
    const { cert, token } = await loadCredentials(folder);
    const { url, process } = await spawn(folder, "0");
    const access = { server: url, certificateAuthority: { text: cert }, token: { text: token } };
    return new EmbeddedProcess(access, folder, process);
  }

  /** Kills it and starts it again, with the same database on the same port. */
  async restart(): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.#process = (await spawn(this.#folder, new URL(this.access.server).port)).process;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    await Deno.remove(this.#folder, { recursive: true });
  }
}

async function spawn(
  folder: string,
  port: string,
): Promise<{ readonly url: string; readonly process: TestProcess }> {
  const process = TestProcess.start({
    path: Deno.execPath(),
    args: ["run", "--allow-all", "--no-check", SCRIPT, folder, port],
  });
  const url = await waitUntil(() => /^https:.*$/m.exec(process.tail())?.[0], {
    what: "the API server",
    explain: () => process.tail(),
  });
  return { url, process };
}
