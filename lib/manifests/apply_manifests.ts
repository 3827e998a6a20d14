/** Applies manifest files: nothing is written unless the API accepts every document. */

import { messageOf } from "../base/errors.ts";
import type { KubeClient } from "../kube/contract.ts";
import { checkManifests, manifestErrorOf, type ManifestTarget } from "./check_manifests.ts";
import { formatProblem, type ManifestObject } from "./manifest_documents.ts";
import { ManifestError, namesOf, problemOf } from "./manifest_error.ts";
import { describe, find, send } from "./manifest_writes.ts";
import { findOrphans, removeOrphans } from "./orphans.ts";

/** What {@link applyManifests} did. */
export interface AppliedManifests {
  /** Names of the objects that were created or changed, as `Kind namespace/name`. */
  readonly written: readonly string[];
  /** How many objects were there already as the manifests have them. */
  readonly unchanged: number;
  /** Names of the objects whose manifests are gone. */
  readonly orphans: readonly string[];
}

/** How manifests are applied. */
export interface ApplyOptions {
  /** Files, or folders, of which the `.yaml`, `.yml` and `.json` files are read. */
  readonly paths: readonly string[];
  /** Whether objects whose manifests are gone are removed. */
  readonly prune: boolean;
  /** Ends it between two objects. */
  readonly signal: AbortSignal;
}

/**
 * Reads manifest files, compares them with the objects that are there, has the API check every other
 * object without storing it, and then creates or updates those in the order of the files. Fields of
 * `spec` that a file leaves out are removed; labels and annotations are added to the present ones.
 * Objects that were not made from manifests are left alone.
 *
 * A write may fail although its check passed, as when the disk is full. The objects behind it are then
 * not written, the error says which were, and applying again completes the rest.
 *
 * @throws {ManifestError} when a document is wrong, or a write fails.
 */
export async function applyManifests(
  target: ManifestTarget,
  { paths, prune, signal }: ApplyOptions,
): Promise<AppliedManifests> {
  const { client } = target;
  const checked = await checkManifests(target, paths, signal);
  if (checked.problems.length > 0) {
    throw manifestErrorOf("manifests are wrong, nothing is applied", checked.problems);
  }
  const { objects, changed } = checked;
  await writeAll(client, changed, signal);
  const orphans = await findOrphans(client, checked, signal);
  if (prune) await removeOrphans(target, orphans, objects, signal);
  return {
    written: changed.map(describe),
    unchanged: objects.length - changed.length,
    orphans: orphans.map(describe),
  };
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
