/** Rows of the object store, and which of them a query is about. */

import type { SQLInputValue } from "node:sqlite";

/** Names a row. */
export interface ObjectKey {
  /** Which kind: two served kinds may share one storage. */
  readonly storage: string;
  /** Empty for objects without a namespace. */
  readonly namespace: string;
  readonly name: string;
}

/** A committed change of one object. */
export interface Change extends ObjectKey {
  readonly revision: number;
  /** JSON of the object before; absent when it was created. */
  readonly before?: string;
  /** JSON of the object after; absent when it was removed. */
  readonly after?: string;
}

/** An object of a list, which is ordered by both. */
export type ObjectStart = Omit<ObjectKey, "storage">;

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

/** The storages in use, by one look into the index for each; a plain DISTINCT reads every row. */
export const STORAGES = `
  WITH RECURSIVE storages(storage) AS (
    SELECT min(storage) FROM objects
    UNION ALL
    SELECT (SELECT min(o.storage) FROM objects o WHERE o.storage > s.storage) FROM storages s
    WHERE s.storage IS NOT NULL
  )`;

/** What SQLite takes for none. */
export const NO_LIMIT = -1;

/** Which rows a filter lets through, as SQL and its values. */
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
