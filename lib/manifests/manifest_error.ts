/** How manifests that are not applied are told. */

import type { ManifestObject, ManifestProblem } from "./manifest_documents.ts";

/** Manifests that are not applied, or only in part; the message is complete. */
export class ManifestError extends Error {
  override readonly name = "ManifestError";

  /** @param applied Names of the objects that were written all the same. */
  constructor(message: string, readonly applied: readonly string[] = []) {
    super(message);
  }
}

/** What is wrong with a field of an object; an empty field is the whole document. */
export function problemOf(
  object: ManifestObject,
  field: string,
  message: string,
): ManifestProblem {
  return { file: object.file, line: object.lineOf(field), field, message };
}

/** Names that a message has at most. */
const NAMES_MAX = 20;

/** Names as a part of a sentence. */
export function namesOf(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
