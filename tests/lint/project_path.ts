/** Paths as the rules see them. */

import { resolve } from "node:path";

/** Folder of the project, with a slash at the end. */
export const PROJECT = `${resolve(import.meta.dirname ?? ".", "../..")}/`;

/** A path relative to the project; what lies outside stays absolute. */
export function projectPath(path: string): string {
  return path.startsWith(PROJECT) ? path.slice(PROJECT.length) : path;
}
