/** What is wrong with the fields of an object. */

import type { FieldError } from "./meta.ts";

/** Collects errors: for each field the first, and none below a field that has one. */
export class FieldErrors {
  readonly #errors = new Map<string, FieldError>();

  /** Adds an error unless it only follows from another one. */
  add(field: string, message: string): void {
    for (let path = field; path !== ""; path = parentOf(path)) {
      if (this.#errors.has(path)) return;
    }
    if (!this.#errors.has("")) this.#errors.set(field, { field, message });
  }

  get list(): readonly FieldError[] {
    return [...this.#errors.values()];
  }
}

/**
 * The path without its last step; empty for a path of one step. A step in brackets may hold dots
 * itself: then the result names no field, which does no harm to a look-up on the way to the root.
 */
function parentOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("."), path.lastIndexOf("["), 0));
}
