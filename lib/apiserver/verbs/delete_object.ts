/** DELETE: removes objects, or marks them when finalizers hold them. */

import type { KubeObject } from "../../api/meta.ts";
import { apiVersionOf, NAMESPACES } from "../../api/resources.ts";
import type { ApiContext, WriteAnswer } from "./api_context.ts";
import { refuseDeletionOfDefault } from "./namespaces.ts";
import { listMetadata, untyped } from "./read_objects.ts";
import { markedForDeletion, startDeletion, startDeletions } from "./removal.ts";
import { admitted } from "../request/admission.ts";
import type { DeleteOptions } from "../request/request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import type { CollectionTarget, ObjectTarget } from "../request/route.ts";
import { selectedTexts, type Selection, servedObject } from "../request/selection.ts";
import { conflict, deletedStatus, notFound } from "../http/status.ts";

/**
 * Deletes an object.
 *
 * @throws {ApiError} when it does not exist, does not meet the preconditions, or may not be deleted.
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
  const object = admittedForDeletion(context, resource, { before, options });
  const { finalizers = [], deletionTimestamp } = object.metadata;
  const marking = { policy: options.policy, nowMs: context.nowMs() };
  if (options.dryRun) {
    if (finalizers.length === 0) return goneAnswer(resource, markedForDeletion(object, marking));
    const body = deletionTimestamp === undefined ? markedForDeletion(object, marking) : object;
    return { code: 200, body, warnings: [] };
  }
  const waiting = context.store.transaction(() =>
    startDeletion(context, key, { before, policy: options.policy })
  );
  if (waiting !== undefined) {
    return { code: 200, body: toServed?.(waiting) ?? waiting, warnings: [] };
  }
  const last = markedForDeletion(object, marking);
  const resourceVersion = String(context.store.revision);
  return goneAnswer(resource, { ...last, metadata: { ...last.metadata, resourceVersion } });
}

/** The answer when an object went at once. */
function goneAnswer({ type, answersDeletedObject }: Resource, last: KubeObject): WriteAnswer {
  const { name, uid = "" } = last.metadata;
  const body = answersDeletedObject === true ? last : deletedStatus(type, name, uid);
  return { code: 200, body, warnings: [] };
}

/**
 * Deletes the selected objects of a collection, all or none.
 *
 * @returns The objects as they were.
 * @throws {ApiError} when one of them may not be deleted.
 */
export function deleteObjects(
  context: ApiContext,
  { resource }: CollectionTarget,
  { selection, options }: { readonly selection: Selection; readonly options: DeleteOptions },
): WriteAnswer {
  const { type, storage, listKind } = resource;
  const texts = selectedTexts(context.store, resource, selection);
  const items = texts.map((before) => admittedForDeletion(context, resource, { before, options }));
  const metadata = listMetadata(resource, { resourceVersion: String(context.store.revision) });
  if (!options.dryRun) {
    const keys = items.map(({ metadata: { namespace = "", name } }) => ({
      storage,
      namespace,
      name,
    }));
    context.store.transaction(() => startDeletions(context, keys, options.policy));
  }
  const shown = resource.isCompiledIn ? items.map(untyped) : items;
  const body = { apiVersion: apiVersionOf(type), kind: listKind, metadata, items: shown };
  return { code: 200, body, warnings: [] };
}

/** The object, if it may be deleted. */
function admittedForDeletion(
  context: ApiContext,
  resource: Resource,
  { before, options }: { readonly before: string; readonly options: DeleteOptions },
): KubeObject {
  const { type } = resource;
  const object = servedObject(resource, before);
  const { name, uid = "", resourceVersion } = object.metadata;
  // This refusal names the kind where others name the resource, as in kube-apiserver.
  const named = { ...type, plural: type.kind };
  checkPreconditions(options, { uid, resourceVersion }, (why) => conflict(named, name, why));
  if (type === NAMESPACES) refuseDeletionOfDefault(name);
  admitted(context.admission, { type, operation: "DELETE", oldObject: object }, name);
  return object;
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
