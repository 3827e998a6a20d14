/** Puts the objects of manifest files into the API: all of them, or none when one is wrong. */

import { formatNamespacedName, type KubeObject } from "../api/meta.ts";
import { isStatus, type KubeClient, StatusError } from "../kube/contract.ts";
import {
  formatProblem,
  type ManifestObject,
  type ManifestProblem,
  parseManifest,
} from "./manifest_documents.ts";

/** Manifests with errors; the message holds a line `file:line: field: message` for each. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";

  constructor(readonly problems: readonly ManifestProblem[]) {
    super(problems.map(formatProblem).join("\n"));
  }
}

/** Somebody else may change an object between our read and our write; then both are done again. */
const ATTEMPTS_MAX = 5;

/**
 * Reads manifest files, checks everything against the API without changing anything, and then
 * creates or changes the objects. What the file leaves out of `spec` is removed, labels and
 * annotations are added to those that are there. Objects that no file names are left alone.
 *
 * @param paths Files, or folders whose `.yaml`, `.yml` and `.json` files are meant.
 * @returns Names of the objects, as `Kind namespace/name`.
 * @throws {ManifestError} when any document is wrong; nothing is changed then.
 */
export async function applyManifests(
  client: KubeClient,
  paths: readonly string[],
): Promise<string[]> {
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  for (const path of paths) {
    for (const file of await filesAt(path, problems)) {
      const parsed = parseManifest(file, await Deno.readTextFile(file));
      objects.push(...parsed.objects);
      problems.push(...parsed.problems);
    }
  }
  problems.push(...findTwins(objects));
  for (const object of objects) problems.push(...await check(client, object));
  if (problems.length > 0) throw new ManifestError(problems);
  for (const object of objects) await write(client, object, false);
  return objects.map(describe);
}

async function filesAt(path: string, problems: ManifestProblem[]): Promise<string[]> {
  try {
    if (!(await Deno.stat(path)).isDirectory) return [path];
    const files: string[] = [];
    for await (const { name, isFile, isSymlink } of Deno.readDir(path)) {
      if ((isFile || isSymlink) && /\.(ya?ml|json)$/.test(name)) files.push(`${path}/${name}`);
    }
    return files.sort();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound || error instanceof Deno.errors.PermissionDenied)) {
      throw error;
    }
    const missing = error instanceof Deno.errors.NotFound;
    const message = missing ? "there is no such file or folder" : "may not be read";
    problems.push({ file: path, line: 1, field: "", message });
    return [];
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
    const line = object.lineOf("metadata.name");
    problems.push({ file: object.file, line, field: "metadata.name", message });
  }
  return problems;
}

async function check(client: KubeClient, wanted: ManifestObject): Promise<ManifestProblem[]> {
  const { file } = wanted;
  try {
    await write(client, wanted, true);
    return [];
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    if (error.causes.length === 0) {
      return [{ file, line: wanted.lineOf(""), field: "", message: error.message }];
    }
    return error.causes.map(({ field, message }) => {
      return { file, line: wanted.lineOf(field), field, message };
    });
  }
}

async function write(client: KubeClient, wanted: ManifestObject, dryRun: boolean): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      const present = await find(client, wanted);
      if (present === undefined) await client.create(wanted.type, wanted.object, { dryRun });
      else await client.replace(wanted.type, merge(present, wanted.object), { dryRun });
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
