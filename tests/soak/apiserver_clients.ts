/** Clients that write and watch until the API server under them is killed. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../lib/api/meta.ts";
import { type Answer, type ApiConnection, at } from "../support/apiserver/api_connection.ts";
import { gadget, GADGETS } from "../support/kube/gadget.ts";
import type { Content, Found, Known, Ledger } from "./apiserver_ledger.ts";

const OBJECTS_PER_WRITER = 4;
/** Several pages of the database, so that a half-written object would be noticed. */
const FILLER_REPEATS_MAX = 1000;
const DELETIONS = 0.2;
const REPLACEMENTS = 0.5;

/** A writer and its objects. */
export interface WriterOptions {
  readonly api: ApiConnection;
  readonly ledger: Ledger;
  /** Prefix of the names of its objects. */
  readonly name: string;
  readonly random: () => number;
}

/** Creates, replaces, patches and deletes its own objects until the server is gone. */
export async function writeUntilKilled(options: WriterOptions): Promise<void> {
  const { ledger, name, random } = options;
  for (;;) {
    const object = `${name}-${Math.floor(random() * OBJECTS_PER_WRITER)}`;
    const answer = await sendOne(options, object, ledger.known(object)).catch(lostConnection);
    if (answer === undefined) return;
    assert.ok(answer.status < 300, `${object} was refused: ${answer.status} ${answer.text}`);
    ledger.acknowledge(object, Number(at(answer.body, "metadata.resourceVersion")) || undefined);
  }
}

/** One write that is valid in the object's state. */
function sendOne(
  { api, ledger, random }: WriterOptions,
  name: string,
  { content, revision }: Known,
): Promise<Answer> {
  const path = `${GADGETS}/${name}`;
  if (content !== undefined && random() < DELETIONS) {
    ledger.begin(name, undefined);
    return api.send("DELETE", path);
  }
  const next = revision + 1;
  ledger.begin(name, next);
  const spec = specOf(name, next);
  if (content === undefined) return api.send("POST", GADGETS, { body: gadget(name, spec) });
  if (random() >= REPLACEMENTS) return api.mergePatch(path, { spec });
  const metadata = { name, resourceVersion: String(revision) };
  return api.send("PUT", path, { body: gadget(name, spec, { metadata }) });
}

/** Passes what a watch shows to the ledger until the server is gone. Versions must only grow. */
export async function watchUntilKilled(
  api: ApiConnection,
  ledger: Ledger,
  since: number,
): Promise<void> {
  const watch = await api.watch(`${GADGETS}?resourceVersion=${since}`).catch(lostConnection);
  if (watch === undefined) return;
  await using open = watch;
  let newest = since;
  for (;;) {
    const line = await open.next().catch(lostConnection);
    if (line === undefined) return;
    assert.match(line.type, /^(ADDED|MODIFIED|DELETED)$/, JSON.stringify(line.object));
    const object = line.object as unknown as KubeObject;
    const revision = revisionOf(object);
    assert.ok(revision > newest, `the watch shows ${revision} after ${newest}`);
    newest = revision;
    const content = contentOf(object);
    ledger.show(nameOf(object), {
      content: line.type === "DELETED" ? undefined : content,
      revision,
    });
  }
}

/** All objects of the server. */
export async function listAll(api: ApiConnection): Promise<Found> {
  const { status, text, body } = await api.send("GET", GADGETS);
  assert.equal(status, 200, text);
  const items = body["items"] as readonly KubeObject[];
  return {
    revision: revisionOf(body as unknown as KubeObject),
    objects: new Map(items.map((item) => [
      nameOf(item),
      { content: contentOf(item), revision: revisionOf(item) },
    ])),
  };
}

/** A spec with a counter, and a filler that depends on it. */
function specOf(name: string, counter: number) {
  const filler = `${name}#${counter};`.repeat(1 + (counter * 7919) % FILLER_REPEATS_MAX);
  return { size: 1 + counter % 10, color: "red", free: { counter, filler } };
}

/** The counter of an object, which must not be half-written. */
function contentOf(object: KubeObject): Content {
  const { counter } = (object["spec"] as ReturnType<typeof specOf>).free;
  assert.deepEqual(object["spec"], specOf(nameOf(object), counter), "half an object");
  return counter;
}

function nameOf({ metadata }: KubeObject): string {
  return metadata.name ?? "";
}

function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.resourceVersion);
}

/** The errors that a client of a killed server sees; any other is a fault. */
function lostConnection(error: unknown): undefined {
  if (error instanceof TypeError || error instanceof Deno.errors.ConnectionReset) return undefined;
  throw error;
}
