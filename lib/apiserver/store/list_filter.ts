/** Which rows a list has, and the SQL for it. */

import type { SQLInputValue } from "node:sqlite";

/** An object of a list, which is ordered by both. */
export interface ObjectStart {
  readonly namespace: string;
  readonly name: string;
}

/** Which rows to list. */
export interface ListFilter {
  readonly storage: string;
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  /** Only rows behind this one. */
  readonly after?: ObjectStart | undefined;
  /** Rows at most. */
  readonly limit?: number | undefined;
}

/** What SQLite takes for none. */
export const NO_LIMIT = -1;

/** The filter as SQL. */
export function conditionsOf(
  { storage, namespace, name, after }: ListFilter,
): { readonly where: string; readonly values: readonly SQLInputValue[] } {
  const conditions = ["storage = ?"];
  const values: SQLInputValue[] = [storage];
  if (namespace !== undefined) conditions.push("namespace = ?"), values.push(namespace);
  if (name !== undefined) conditions.push("name = ?"), values.push(name);
  // With one namespace, compare only the name, so that SQLite can use the index.
  if (after !== undefined && after.namespace === namespace) {
    conditions.push("name > ?"), values.push(after.name);
  } else if (after !== undefined) {
    conditions.push("(namespace, name) > (?, ?)"), values.push(after.namespace, after.name);
  }
  return { where: conditions.join(" AND "), values };
}
