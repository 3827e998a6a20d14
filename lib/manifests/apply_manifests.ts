/** Applies manifest files: nothing is written unless the API accepts every document. */

import { messageOf } from "../base/errors.ts";
import { isJsonEqual, type JsonObject } from "../base/json.ts";
import { formatNamespacedName, type KubeObject, namespacedNameOf } from "../api/meta.ts";
import { isStatus, type KubeClient, StatusError, type WriteOptions } from "../kube/contract.ts";
import { formatProblem, type ManifestObject, type ManifestProblem } from "./manifest_documents.ts";
import { readManifests } from "./manifest_files.ts";

/** Manifests that are not applied, or only in part; the message is complete. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";

  /** @param applied Names of the objects that were written all the same. */
  constructor(message: string, readonly applied: readonly string[] = []) {
    super(message);
  }
}

/** What {@link applyManifests} did. */
export interface AppliedManifests {
  /** Names of the objects that were created or changed, as `Kind namespace/name`. */
  readonly written: readonly string[];
  /** How many objects were there already as the manifests have them. */
  readonly unchanged: number;
}

/** Others may change an object between our read and our write; then both are done again. */
const ATTEMPTS_MAX = 5;

/** Objects on a page of a list. */
const PAGE_OBJECTS = 500;

/**
 * Reads manifest files, compares them with the objects that are there, has the API check every other
 * object without storing it, and then creates or updates those in the order of the files. Fields of
 * `spec` that a file leaves out are removed; labels and annotations are added to the present ones.
 * Objects that no file names are left alone.
 *
 * A write may fail although its check passed, as when the disk is full. The objects behind it are then
 * not written, the error says which were, and applying again completes the rest.
 *
 * @param paths Files, or folders, of which the `.yaml`, `.yml` and `.json` files are read.
 * @param signal Ends it between two objects.
 * @throws {ManifestError} when a document is wrong, or a write fails.
 */
export async function applyManifests(
  client: KubeClient,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<AppliedManifests> {
  const { objects, problems } = await readManifests(paths, signal);
  signal.throwIfAborted();
  problems.push(...findTwins(objects));
  const changed: ManifestObject[] = [];
  const present = await presentOf(client, objects, signal);
  for (const object of objects) {
    signal.throwIfAborted();
    const outcome = await check(client, object, present.get(describe(object)));
    if (outcome === "changed") changed.push(object);
    else if (outcome !== "unchanged") problems.push(...outcome);
  }
  if (problems.length > 0) throw new ManifestError(complaintOf(problems));
  await writeAll(client, changed, signal);
  return { written: changed.map(describe), unchanged: objects.length - changed.length };
}

/** The objects of all kinds that the manifests have, by name: one list for each kind. */
async function presentOf(
  client: KubeClient,
  objects: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubeObject>> {
  const present = new Map<string, KubeObject>();
  for (const type of new Set(objects.map((object) => object.type))) {
    for (let token = "", isFirst = true; isFirst || token !== ""; isFirst = false) {
      const options = { limit: PAGE_OBJECTS, ...(isFirst ? {} : { continue: token }), signal };
      const page = await client.list(type, options);
      for (const object of page.items) {
        present.set(describe({ type, name: namespacedNameOf(object) }), object);
      }
      token = page.continue;
    }
  }
  return present;
}

/** Problems that a message names. */
const PROBLEMS_MAX = 100;

function complaintOf(problems: readonly ManifestProblem[]): string {
  const more = problems.length - PROBLEMS_MAX;
  return [
    "manifests are wrong, nothing is applied:",
    ...problems.slice(0, PROBLEMS_MAX).map(formatProblem),
    ...(more > 0 ? [`and ${more} more`] : []),
  ].join("\n");
}

async function writeAll(
  client: KubeClient,
  objects: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<void> {
  for (const [i, object] of objects.entries()) {
    signal.throwIfAborted();
    try {
      await send(client, object, await find(client, object), { refusesUnknownFields: true });
    } catch (error) {
      const applied = objects.slice(0, i).map(describe);
      const lines = [
        `manifests are ${i === 0 ? "not applied" : "applied in part"}:`,
        formatProblem(problemOf(object, "", `${describe(object)}: ${messageOf(error)}`)),
        ...(i === 0 ? [] : [`applied: ${namesOf(applied)}`]),
        `not applied: ${namesOf(objects.slice(i).map(describe))}`,
      ];
      throw new ManifestError(lines.join("\n"), applied);
    }
  }
}

/** Names that a message has at most. */
const NAMES_MAX = 20;

function namesOf(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function findTwins(objects: readonly ManifestObject[]): ManifestProblem[] {
  const seen = new Map<string, ManifestObject>();
  const problems: ManifestProblem[] = [];
  for (const object of objects) {
    const first = seen.get(describe(object));
    if (first === undefined) {
      seen.set(describe(object), object);
      continue;
    }
    const message = `${describe(object)} is defined twice; first in ${first.file}:${
      first.lineOf("metadata.name")
    }`;
    problems.push(problemOf(object, "metadata.name", message));
  }
  return problems;
}

/** Compares an object with the one that is there, here where that is enough, or else by the API. */
async function check(
  client: KubeClient,
  wanted: ManifestObject,
  listed: KubeObject | undefined,
): Promise<"unchanged" | "changed" | readonly ManifestProblem[]> {
  try {
    return await send(client, wanted, listed, { dryRun: true, refusesUnknownFields: true });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.causes.length === 0) return [problemOf(wanted, "", error.message)];
    return error.causes.map(({ field, message }) => problemOf(wanted, field, message));
  }
}

/** Creates an object, or replaces the one that is there unless it is the same. */
async function send(
  client: KubeClient,
  wanted: ManifestObject,
  known: KubeObject | undefined,
  options: WriteOptions,
): Promise<"unchanged" | "changed"> {
  let present = known;
  for (let attempt = 1;; attempt++) {
    try {
      if (present === undefined) {
        await client.create(wanted.type, wanted.object, options);
        return "changed";
      }
      const merged = merge(present, wanted.object);
      if (isSame(merged, present)) return "unchanged";
      const replaced = await client.replace(wanted.type, merged, options);
      return isSame(replaced, present) ? "unchanged" : "changed";
    } catch (error) {
      const raced = isStatus(error, 404, 409);
      if (!raced || attempt === ATTEMPTS_MAX) throw error;
      present = await find(client, wanted);
    }
  }
}

/** Whether two versions differ in nothing that a manifest can say. */
function isSame(one: KubeObject, other: KubeObject): boolean {
  return isJsonEqual(declared(one), declared(other));
}

function declared(object: KubeObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const { resourceVersion: _version, generation: _generation, ...kept } = metadata;
  return { ...rest, metadata: kept } as unknown as JsonObject;
}

function problemOf(object: ManifestObject, field: string, message: string): ManifestProblem {
  return { file: object.file, line: object.lineOf(field), field, message };
}

async function find(client: KubeClient, wanted: ManifestObject): Promise<KubeObject | undefined> {
  try {
    return await client.get(wanted.type, wanted.name);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** The wanted object with the identity and the finalizers of the one that is there. */
function merge(present: KubeObject, wanted: KubeObject): KubeObject {
  const { labels, annotations } = wanted.metadata;
  return {
    ...wanted,
    metadata: {
      ...present.metadata,
      ...labels && { labels: { ...present.metadata.labels, ...labels } },
      ...annotations && { annotations: { ...present.metadata.annotations, ...annotations } },
    },
  };
}

function describe({ type, name }: Pick<ManifestObject, "type" | "name">): string {
  return `${type.kind} ${formatNamespacedName(name)}`;
}
