/** SIGKILL at random moments while clients write and watch: nothing that was acknowledged is lost. */

import assert from "node:assert/strict";
import { mulberry32 } from "../support/harness/seeded_random.ts";
import { IS_SOAK } from "../support/harness/soak.ts";
import { listAll, watchUntilKilled, writeUntilKilled } from "./apiserver_clients.ts";
import { Ledger } from "./apiserver_ledger.ts";
import { loadCredentials } from "../../cmd/compose/standalone/data_folder.ts";
import { ApiConnection } from "../support/apiserver/api_connection.ts";
import { inFolder } from "../support/harness/in_folder.ts";

const SCRIPT = new URL("../support/apiserver/api_server_process.ts", import.meta.url).pathname;

/** A process that may not listen yet; disposing kills it. */
class KillableApi implements AsyncDisposable {
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

const KILLS = IS_SOAK ? 200 : 15;
const WRITERS = 4;
/** Time from the first write to the kill. */
const WRITING_MS_MAX = 400;
/** The share of servers killed while they start and open what the last one left. */
const KILLED_STARTING = 0.2;
/** Time from the start of the process, part of which the runtime takes. */
const STARTING_MS_MAX = 400;

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

Deno.test("no acknowledged write is lost and none is half done when the server is killed", async () => {
  const seed = Math.floor(Math.random() * 2 ** 32);
  const random = mulberry32(seed);
  const ledger = new Ledger();
  await inFolder(async (folder) => {
    for (let kills = 0; kills < KILLS; kills++) {
      await using server = new KillableApi(folder);
      if (random() < KILLED_STARTING) {
        await pause(random() * STARTING_MS_MAX);
        continue;
      }
      using api = await server.connect();
      const revision = await settle(api, ledger, `seed ${seed}, after ${kills} kills`);
      await Promise.all([
        pause(random() * WRITING_MS_MAX).then(() => server.kill()),
        watchUntilKilled(api, ledger, revision),
        ...Array.from(
          { length: WRITERS },
          (_, i) => writeUntilKilled({ api, ledger, name: `w${i}`, random }),
        ),
      ]);
    }
    await using server = new KillableApi(folder);
    using api = await server.connect();
    await settle(api, ledger, `seed ${seed}, after the last kill`);
  });
  // Otherwise the kills hit nothing.
  assert.ok(ledger.acknowledged > KILLS, `${ledger.acknowledged} writes acknowledged`);
  assert.ok(ledger.unanswered > 0, "no write was under way at any kill");
  console.log(
    `${KILLS} kills: ${ledger.acknowledged} writes acknowledged, ${ledger.unanswered} under way`,
  );
});

/** Compares what is there with the ledger. @returns The version of the list. */
async function settle(api: ApiConnection, ledger: Ledger, about: string): Promise<number> {
  const found = await listAll(api);
  assert.deepEqual(ledger.settle(found), [], about);
  return found.revision;
}
