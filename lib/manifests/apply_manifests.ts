/** Applies manifest files: nothing is written unless the API accepts every document. */

import { messageOf } from "../base/errors.ts";
import { formatNamespacedName, type KubeObject } from "../api/meta.ts";
import { isStatus, type KubeClient, StatusError } from "../kube/contract.ts";
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

/** Others may change an object between our read and our write; then both are done again. */
const ATTEMPTS_MAX = 5;

/**
 * Reads manifest files, has the API check every object without storing it, and then creates or
 * updates the objects in the order of the files. Fields of `spec` that a file leaves out are removed;
 * labels and annotations are added to the present ones. Objects that no file names are left alone.
 *
 * A write may fail although its check passed, as when the disk is full. The objects behind it are then
 * not written, the error says which were, and applying again completes the rest.
 *
 * @param paths Files, or folders, of which the `.yaml`, `.yml` and `.json` files are read.
 * @returns Names of the objects, as `Kind namespace/name`.
 * @throws {ManifestError} when a document is wrong, or a write fails.
 */
export async function applyManifests(
  client: KubeClient,
  paths: readonly string[],
): Promise<string[]> {
  const { objects, problems } = await readManifests(paths);
  problems.push(...findTwins(objects));
  for (const object of objects) problems.push(...await check(client, object));
  if (problems.length > 0) {
    const lines = problems.map(formatProblem).join("\n");
    throw new ManifestError(`manifests are wrong, nothing is applied:\n${lines}`);
  }
  await writeAll(client, objects);
  return objects.map(describe);
}

async function writeAll(client: KubeClient, objects: readonly ManifestObject[]): Promise<void> {
  for (const [i, object] of objects.entries()) {
    try {
      await write(client, object, false);
    } catch (error) {
      const applied = objects.slice(0, i).map(describe);
      const lines = [
        `manifests are ${i === 0 ? "not applied" : "applied in part"}:`,
        formatProblem(problemOf(object, "", `${describe(object)}: ${messageOf(error)}`)),
        ...(i === 0 ? [] : [`applied: ${applied.join(", ")}`]),
        `not applied: ${objects.slice(i).map(describe).join(", ")}`,
      ];
      throw new ManifestError(lines.join("\n"), applied);
    }
  }
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

async function check(client: KubeClient, wanted: ManifestObject): Promise<ManifestProblem[]> {
  try {
    await write(client, wanted, true);
    return [];
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.causes.length === 0) return [problemOf(wanted, "", error.message)];
    return error.causes.map(({ field, message }) => problemOf(wanted, field, message));
  }
}

function problemOf(object: ManifestObject, field: string, message: string): ManifestProblem {
  return { file: object.file, line: object.lineOf(field), field, message };
}

async function write(client: KubeClient, wanted: ManifestObject, dryRun: boolean): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      const present = await find(client, wanted);
      const options = { dryRun, refusesUnknownFields: true };
      if (present === undefined) await client.create(wanted.type, wanted.object, options);
      else await client.replace(wanted.type, merge(present, wanted.object), options);
      return;
    } catch (error) {
      const raced = isStatus(error, 409);
      if (!raced || attempt === ATTEMPTS_MAX) throw error;
    }
  }
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

function describe({ type, name }: ManifestObject): string {
  return `${type.kind} ${formatNamespacedName(name)}`;
}
