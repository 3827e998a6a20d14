/** Lists in pages that belong together: each shows the state in which the first was read. */

import type { ApiContext } from "./api_context.ts";
import { continueToken, type ListOptions } from "../request/list_options.ts";
import { parseStored } from "../store/object_store.ts";
import type { Change, ObjectStart } from "../store/queries.ts";
import type { Resource } from "../kinds/resource.ts";
import {
  type Selection,
  selectsByKeyOnly,
  selectsKey,
  selectsObject,
  servedObject,
} from "../request/selection.ts";
import { ApiError } from "../http/status.ts";

/** A list, or a part of one. */
export interface ListPage {
  /** JSON of the objects, in their stored shape. */
  readonly texts: readonly string[];
  /** The state that the list shows. */
  readonly revision: number;
  /** Token of the next page; absent at the end. */
  readonly continue?: string;
  /** Objects on the pages to come, where that is known without reading them. */
  readonly remainingItemCount?: number;
}

/**
 * Reads a page.
 *
 * @throws {ApiError} 410 when the changes since that state are no longer remembered; it has a token
 * that continues the list without consistency.
 */
export function readPage(
  context: ApiContext,
  resource: Resource,
  { selection, options }: { readonly selection: Selection; readonly options: ListOptions },
): ListPage {
  const { store } = context;
  const { limit, after } = options;
  const revision = options.revision ?? store.revision;
  const changes = changesSince(context, resource, options);
  const { namespace, name } = selection;
  const filter = { storage: resource.storage, namespace, name, after };
  const isWhole = selectsByKeyOnly(selection);
  const rows = isWhole ? rowsFor(options, changes) : undefined;
  const current = store.list({ ...filter, limit: rows });
  const texts = withoutChanges(current, changes, { selection, after })
    .filter((text) => isWhole || selectsObject(selection, servedObject(resource, text)));
  if (limit === undefined || texts.length <= limit) return { texts, revision };
  const page = texts.slice(0, limit);
  const start = startOf(page.at(-1)!);
  if (!isWhole) return { texts: page, revision, continue: continueToken(start, revision) };
  const total = options.remaining ?? (rows === undefined ? texts.length : store.count(filter));
  const remainingItemCount = total - limit;
  const token = continueToken(start, revision, remainingItemCount);
  return { texts: page, revision, continue: token, remainingItemCount };
}

/**
 * The number of rows that a page needs when no row is filtered out: all of the changed objects may be
 * among the first. Absent for all rows, when the rest of the earlier list has to be counted.
 */
function rowsFor(
  { limit, remaining }: ListOptions,
  changes: readonly Change[],
): number | undefined {
  if (limit === undefined || (changes.length > 0 && remaining === undefined)) return undefined;
  return limit + 1 + changes.length;
}

/** Empty when the newest state is wanted. */
function changesSince(
  { store, hub }: ApiContext,
  { storage }: Resource,
  { revision, after }: ListOptions,
): readonly Change[] {
  if (revision === undefined) return [];
  const changes = revision > store.revision ? undefined : hub.changesSince(storage, revision);
  if (changes === undefined) throw expired(after);
  return changes;
}

/** The texts as they were before the changes. */
function withoutChanges(
  texts: readonly string[],
  changes: readonly Change[],
  { selection, after }: { readonly selection: Selection; readonly after: ObjectStart | undefined },
): readonly string[] {
  if (changes.length === 0) return texts;
  const earlier = new Map<string, { start: ObjectStart; text: string | undefined }>();
  for (const { namespace, name, before } of changes) {
    const start = { namespace, name };
    const isInList = selectsKey(selection, start) &&
      (after === undefined || isBehind(start, after));
    // The first change of an object has its earlier state.
    if (isInList && !earlier.has(keyOf(start))) earlier.set(keyOf(start), { start, text: before });
  }
  const unchanged = texts.map((text) => ({ start: startOf(text), text }))
    .filter(({ start }) => !earlier.has(keyOf(start)));
  return [...unchanged, ...earlier.values()]
    .sort((a, b) => isBehind(a.start, b.start) ? 1 : -1)
    .flatMap(({ text }) => text ?? []);
}

function isBehind(a: ObjectStart, b: ObjectStart): boolean {
  return a.namespace === b.namespace ? a.name > b.name : a.namespace > b.namespace;
}

function keyOf({ namespace, name }: ObjectStart): string {
  return `${namespace}/${name}`;
}

function startOf(text: string): ObjectStart {
  const { namespace = "", name } = parseStored(text).metadata;
  return { namespace, name };
}

function expired(after: ObjectStart | undefined): ApiError {
  if (after === undefined) {
    return new ApiError(410, "Expired", "The resourceVersion for the provided list is too old.");
  }
  const message = "The provided continue parameter is too old to display a consistent list " +
    "result. You can start a new list without the continue parameter, or use the continue token " +
    "in this response to retrieve the remainder of the results. Continuing with that token " +
    "results in an inconsistent list: what was created, changed or deleted since the first page " +
    "may show up or not.";
  return new ApiError(410, "Expired", message, undefined, { continue: continueToken(after) });
}
