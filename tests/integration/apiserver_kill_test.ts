/** SIGKILL at random moments while clients write: what was acknowledged is there afterwards. */

import assert from "node:assert/strict";
import { loadCredentials } from "../../lib/apiserver/credentials.ts";
import type { JsonObject } from "../../lib/api/meta.ts";
import { at, GADGETS } from "../support/embedded_api.ts";
import { gadget } from "../support/gadget.ts";

const ROUNDS = 5;
const WRITERS = 4;
/** Each round ends after this many acknowledged writes at most. */
const WRITES_MAX = 150;

interface Process {
  readonly url: string;
  readonly client: Deno.HttpClient;
  kill(): Promise<void>;
}

async function startProcess(folder: string): Promise<Process> {
  const script = new URL("../support/api_server_process.ts", import.meta.url).pathname;
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--allow-all", "--no-check", script, folder],
    stdout: "piped",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  const url = ((await reader.read()).value ?? "").trim();
  assert.ok(url.startsWith("https://"), "the server did not start");
  const { cert } = await loadCredentials(folder);
  const client = Deno.createHttpClient({ caCerts: [cert], http2: false });
  return {
    url,
    client,
    kill: async () => {
      child.kill("SIGKILL");
      await child.status;
      await reader.cancel();
      client.close();
    },
  };
}

/** What the server has acknowledged: sizes by name; `undefined` for objects that are gone. */
type Acknowledged = Map<string, number | undefined>;

interface Writer {
  readonly process: Process;
  readonly token: string;
  readonly name: string;
  readonly acknowledged: Acknowledged;
  readonly onAcknowledged: () => void;
}

/** Creates, changes and deletes one object after another until the server is gone. */
async function writeUntilKilled({ process, token, name, ...record }: Writer): Promise<void> {
  const send = async (method: string, path: string, body?: JsonObject): Promise<boolean> => {
    const type = method === "PATCH" ? "merge-patch+json" : "json";
    try {
      const response = await fetch(`${process.url}${path}`, {
        method,
        client: process.client,
        headers: { authorization: `Bearer ${token}`, "content-type": `application/${type}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      await response.text();
      assert.ok(response.ok, `${method} ${path} was answered with ${response.status}`);
      record.onAcknowledged();
      return true;
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      return false;
    }
  };
  for (let i = 0;; i++) {
    const object = `${name}-${i}`;
    const path = `${GADGETS}/${object}`;
    if (!await send("POST", GADGETS, gadget(object, { size: 1 }))) return;
    record.acknowledged.set(object, 1);
    if (!await send("PATCH", path, { spec: { size: 2 } })) return;
    record.acknowledged.set(object, 2);
    if (i % 3 !== 0) continue;
    // Whether a deletion without an answer took effect is not known, so the object is left out.
    record.acknowledged.delete(object);
    if (!await send("DELETE", path)) return;
    record.acknowledged.set(object, undefined);
  }
}

async function sizesOf(process: Process, token: string): Promise<Map<string, number>> {
  const response = await fetch(`${process.url}${GADGETS}`, {
    client: process.client,
    headers: { authorization: `Bearer ${token}` },
  });
  const { items } = await response.json();
  return new Map(
    (items as JsonObject[]).map((item) => [
      String(at(item, "metadata.name")),
      Number(at(item, "spec.size")),
    ]),
  );
}

Deno.test("no acknowledged write is lost when the server is killed", async () => {
  const folder = await Deno.makeTempDir();
  const { token } = await loadCredentials(folder);
  const acknowledged: Acknowledged = new Map();
  let process = await startProcess(folder);
  for (let round = 0; round < ROUNDS; round++) {
    const wanted = 1 + Math.floor(Math.random() * WRITES_MAX);
    let count = 0;
    const enough = Promise.withResolvers<void>();
    const onAcknowledged = () => {
      if (++count >= wanted) enough.resolve();
    };
    const writers = Array.from(
      { length: WRITERS },
      (_, i) =>
        writeUntilKilled({ process, token, name: `r${round}-w${i}`, acknowledged, onAcknowledged }),
    );
    await enough.promise;
    await process.kill();
    await Promise.all(writers);
    process = await startProcess(folder);
    const found = await sizesOf(process, token);
    for (const [name, size] of acknowledged) {
      const about = `${name} in round ${round} after ${count} writes`;
      if (size === undefined) assert.equal(found.get(name), undefined, about);
      // A change without an answer may have taken effect.
      else assert.ok((found.get(name) ?? 0) >= size, about);
    }
  }
  await process.kill();
  await Deno.remove(folder, { recursive: true });
});
