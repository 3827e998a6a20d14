/** Judges manifest files as one: by what is stored, and by each other. Nothing is written. */

import type { Clock } from "../base/clock.ts";
import type { KubeObject } from "../api/meta.ts";
import { type KubeClient, StatusError, type WriteOptions } from "../kube/contract.ts";
import { formatProblem, type ManifestObject, type ManifestProblem } from "./manifest_documents.ts";
import { ManifestError, problemOf } from "./manifest_error.ts";
import { readManifests } from "./manifest_files.ts";
import { marked, markOf } from "./manifest_mark.ts";
import { describe, find, presentOf, send } from "./manifest_writes.ts";

/** An API in memory that nobody else uses. */
export interface Rehearsal extends AsyncDisposable {
  readonly client: KubeClient;
}

/** Where manifests are applied. */
export interface ManifestTarget {
  readonly client: KubeClient;
  readonly clock: Clock;
  /** Opens a copy of what is stored, on which the documents are tried in their order. */
  readonly rehearse: () => Promise<Rehearsal>;
}

/** Manifests with what is wrong with them. */
export interface CheckedManifests {
  readonly objects: readonly ManifestObject[];
  /** Those that are not there yet as the manifests have them, in the order of the files. */
  readonly changed: readonly ManifestObject[];
  /** By which objects are found that manifests have made; `undefined` where they have none. */
  readonly mark: string | undefined;
  /** What is wrong; without any, every document can be applied. */
  readonly problems: readonly ManifestProblem[];
}

/**
 * Reads manifest files and has the API check what would change.
 *
 * @param paths Files, or folders, of which the `.yaml`, `.yml` and `.json` files are read.
 * @param signal Ends it between two objects.
 */
export async function checkManifests(
  { client, rehearse }: ManifestTarget,
  paths: readonly string[],
  signal: AbortSignal,
): Promise<CheckedManifests> {
  const read = await readManifests(paths, signal);
  signal.throwIfAborted();
  const mark = await markOf(client);
  const objects = read.objects.map((object) => marked(object, mark));
  const { twins, problems: repeated } = findTwins(objects);
  const problems = [...read.problems, ...repeated];
  const present = await presentOf(client, objects, signal);
  const changed: ManifestObject[] = [];
  const refused: ManifestProblem[] = [];
  let areJudged = true;
  for (const object of objects) {
    signal.throwIfAborted();
    // As a change of the first one, it would have faults that its author cannot understand.
    if (twins.has(object)) continue;
    const outcome = await check(client, object, present.get(describe(object)), { dryRun: true });
    if (outcome === "unchanged") continue;
    changed.push(object);
    if (outcome === "unjudged") areJudged = false;
    else if (outcome !== "changed") refused.push(...outcome);
  }
  // What one document says of itself does not tell whether it can stand beside the others.
  const isJudgedAlone = areJudged && changed.length < 2;
  problems.push(...isJudgedAlone ? refused : await rehearsed(rehearse, changed, signal));
  return { objects, changed, mark, problems };
}

/** Writes all objects to a copy. @returns What is wrong with those that it does not take. */
async function rehearsed(
  rehearse: ManifestTarget["rehearse"],
  objects: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<readonly ManifestProblem[]> {
  await using copy = await rehearse();
  const problems: ManifestProblem[] = [];
  for (const object of objects) {
    signal.throwIfAborted();
    const outcome = await check(copy.client, object, await find(copy.client, object), {});
    if (typeof outcome !== "string") problems.push(...outcome);
  }
  return problems;
}

/** Codes from here on are the server's own faults (RFC 9110 section 15.6). */
const SERVER_ERROR = 500;

/** Compares an object with the one that is there, here where that is enough, or else by the API. */
async function check(
  client: KubeClient,
  wanted: ManifestObject,
  known: KubeObject | undefined,
  options: WriteOptions,
): Promise<"unchanged" | "changed" | "unjudged" | readonly ManifestProblem[]> {
  try {
    return await send(client, wanted, known, { ...options, refusesUnknownFields: true });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    // A disk that takes no write says nothing about a document.
    if (error.code >= SERVER_ERROR) return "unjudged";
    if (error.causes.length === 0) return [problemOf(wanted, "", error.message)];
    return error.causes.map(({ field, message }) => problemOf(wanted, field, message));
  }
}

/** Problems that a message names. */
const PROBLEMS_MAX = 100;

/** An error with a line for each problem, below its head. */
export function manifestErrorOf(
  head: string,
  problems: readonly ManifestProblem[],
): ManifestError {
  const more = problems.length - PROBLEMS_MAX;
  const lines = [
    `${head}:`,
    ...problems.slice(0, PROBLEMS_MAX).map(formatProblem),
    ...(more > 0 ? [`and ${more} more`] : []),
  ];
  return new ManifestError(lines.join("\n"));
}

/** Objects that have the name of an earlier one. */
function findTwins(objects: readonly ManifestObject[]): {
  readonly twins: ReadonlySet<ManifestObject>;
  readonly problems: readonly ManifestProblem[];
} {
  const seen = new Map<string, ManifestObject>();
  const twins = new Set<ManifestObject>();
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
    twins.add(object);
  }
  return { twins, problems };
}
