/** DELETE: removes an object, or marks it when finalizers hold it. */

import { NAMESPACES } from "../api/resources.ts";
import type { ApiContext, WriteAnswer } from "./api_context.ts";
import { refuseDeletionOfUsedNamespace, removeEventsOf } from "./namespaces.ts";
import { parseStored } from "./object_store.ts";
import { markedForDeletion, releaseDependents, startDeletion } from "./removal.ts";
import type { DeleteOptions } from "./request_options.ts";
import type { ObjectTarget } from "./route.ts";
import { causeOf, conflict, deletedStatus, invalid, notFound } from "./status.ts";

/**
 * Deletes an object.
 *
 * @throws {ApiError} when it does not exist, is not the one that was meant, or has to stay.
 */
export function deleteObject(
  context: ApiContext,
  { resource, namespace, name }: ObjectTarget,
  options: DeleteOptions,
): WriteAnswer {
  const { type, toServed } = resource;
  const key = { storage: resource.storage, namespace, name };
  const before = context.store.get(key);
  if (before === undefined) throw notFound(type, name);
  const stored = parseStored(before);
  const object = toServed?.(stored) ?? stored;
  const { uid = "", resourceVersion, finalizers = [], deletionTimestamp } = object.metadata;
  checkPreconditions(options, { uid, resourceVersion }, (why) => conflict(type, name, why));
  if (type === NAMESPACES) refuseDeletionOfUsedNamespace(context, name);
  const refusals = context.admit({ type, operation: "DELETE", oldObject: object });
  if (refusals.length > 0) throw invalid(type, name, refusals.map(causeOf));
  const gone = { code: 200, body: deletedStatus(type, name, uid), warnings: [] };
  if (options.dryRun) {
    if (finalizers.length === 0) return gone;
    const marked = deletionTimestamp === undefined
      ? markedForDeletion(object, context.nowMs())
      : object;
    return { code: 200, body: marked, warnings: [] };
  }
  const waiting = context.store.transaction(() => {
    if (options.orphan) releaseDependents(context, uid);
    if (type === NAMESPACES) removeEventsOf(context, name);
    return startDeletion(context, key, before);
  });
  if (waiting === undefined) return gone;
  return { code: 200, body: toServed?.(waiting) ?? waiting, warnings: [] };
}

function checkPreconditions(
  wanted: DeleteOptions,
  found: { readonly uid: string; readonly resourceVersion: string | undefined },
  refusal: (why: string) => Error,
): void {
  if (wanted.uid !== undefined && wanted.uid !== found.uid) {
    throw refusal(
      `the UID in the precondition (${wanted.uid}) does not match the UID in record ` +
        `(${found.uid}). The object might have been deleted and then recreated`,
    );
  }
  if (wanted.resourceVersion !== undefined && wanted.resourceVersion !== found.resourceVersion) {
    throw refusal(
      `the ResourceVersion in the precondition (${wanted.resourceVersion}) does not match the ` +
        `ResourceVersion in record (${found.resourceVersion}). The object might have been modified`,
    );
  }
}
