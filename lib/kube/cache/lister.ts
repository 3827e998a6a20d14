/** Lists all objects of a kind as of one moment, in pages where the server needs them. */

import { defined } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import {
  type AnswerSize,
  type Extract,
  isStatus,
  type KubeClient,
  type KubeList,
  type ListOptions,
  StatusError,
} from "../contract.ts";

/** Objects of a page, as client-go asks for them. */
const PAGE_OBJECTS = 500;

/** Where only an extract of each is kept: they are large, and all of a page are in memory at once. */
const LARGE_PAGE_OBJECTS = 250;

/** What is listed. */
export interface Selection {
  readonly client: Pick<KubeClient, "list" | "watch">;
  readonly type: ResourceType;
  /** Absent for all namespaces. */
  readonly namespace?: string | undefined;
  /** For one object of many, such as `metadata.name=net-48`. */
  readonly fieldSelector?: string | undefined;
  /** For the objects with certain labels, such as `app=agent`. */
  readonly labelSelector?: string | undefined;
  /** What is kept of each object, where that is not all of it: there may be more than memory has room for. */
  readonly extract?: Extract | undefined;
}

/** All objects of a selection, and when that was. */
export interface Snapshot {
  readonly resourceVersion: string;
  readonly objects: readonly KubeObject[];
  /** False when some had no name: what is missing is not gone. */
  readonly isWhole: boolean;
}

/** Twice the VMs of the largest cluster that is expected. */
export const OBJECTS_MAX = 200_000;

/** Enough for all of them, with many pages that bring nothing. */
const PAGES_MAX = 1000;

/**
 * Lists the selection.
 *
 * @param resourceVersion A version that the answer may not be older than: served from the API
 * server's memory, without pages. The empty text reads the newest state from etcd, where large
 * answers hurt (Kubernetes API concepts, "Retrieving large results sets in chunks"). So are objects
 * of which an extract is kept: only in pages is there never more than one page of whole ones.
 * @throws {StatusError} or the client's transport error.
 */
export async function listAll(
  selection: Selection,
  resourceVersion: string,
  signal: AbortSignal,
): Promise<Snapshot> {
  const isPaged = resourceVersion === "" || selection.extract !== undefined;
  if (!isPaged) return snapshotOf(await page(selection, { resourceVersion, signal }));
  const limit = selection.extract === undefined ? PAGE_OBJECTS : LARGE_PAGE_OBJECTS;
  const objects: KubeObject[] = [];
  let isWhole = true;
  let before: AnswerSize | undefined;
  let token = "";
  for (let pages = 1; pages <= PAGES_MAX; pages++) {
    let list: KubeList;
    try {
      list = await page(selection, { limit, continue: token, before, signal });
    } catch (error) {
      if (token === "" || !isExpired(error) || selection.extract !== undefined) throw error;
      // The moment of the first page is gone from etcd's history: all at once cannot expire.
      return snapshotOf(await page(selection, { signal }));
    }
    for (const item of list.items) objects.push(item);
    checkCount(objects);
    isWhole &&= !hasNameless(list);
    if (list.continue === "") return { resourceVersion: list.resourceVersion, objects, isWhole };
    if (list.continue === token) throw new Error("the API server sends the same page again");
    before = list.size;
    token = list.continue;
  }
  throw new Error(`the API server sends more than ${PAGES_MAX} pages`);
}

/** @throws {Error} when there are too many of them. */
export function checkCount({ length }: { readonly length: number }): void {
  if (length <= OBJECTS_MAX) return;
  throw new Error(`the API server sends more than ${OBJECTS_MAX} objects of one kind`);
}

/** True when the version that was asked for is no longer in the server's history: HTTP 410. */
export function isExpired(error: unknown): error is StatusError {
  return isStatus(error, 410);
}

/**
 * True when the server is behind the version that was asked for, as after a restore from a backup.
 * Only the cause says so (`ResourceVersionTooLarge` of apimachinery), in old servers the message.
 */
export function isAheadOfServer(error: unknown): error is StatusError {
  return isStatus(error, 504) &&
    (error.causes.some(({ reason }) => reason === "ResourceVersionTooLarge") ||
      error.message.includes("Too large resource version"));
}

/** The part of a selection that lists and watches have in common. */
export function selectorsOf(
  { namespace, fieldSelector, labelSelector, extract }: Selection,
): Pick<ListOptions, "namespace" | "fieldSelector" | "labelSelector" | "extract"> {
  return defined({ namespace, fieldSelector, labelSelector, extract });
}

function page(
  selection: Selection,
  options: {
    readonly resourceVersion?: string;
    readonly limit?: number;
    readonly continue?: string;
    readonly before?: AnswerSize | undefined;
    readonly signal: AbortSignal;
  },
): Promise<KubeList> {
  return selection.client.list(selection.type, { ...defined(options), ...selectorsOf(selection) });
}

function snapshotOf(list: KubeList): Snapshot {
  const { resourceVersion, items } = list;
  checkCount(items);
  return { resourceVersion, objects: items, isWhole: !hasNameless(list) };
}

function hasNameless({ nameless = 0 }: KubeList): boolean {
  return nameless > 0;
}
