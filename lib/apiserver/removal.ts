/**
 * What the removal of an object entails: objects that it owned go with it, in the same transaction
 * (Kubernetes documentation "Garbage Collection", background deletion).
 */

import type { KubeObject } from "../api/meta.ts";
import { type ApiContext, timestampOf } from "./api_context.ts";
import { type ObjectKey, parseStored } from "./object_store.ts";

/** Removes an object and its dependents; only inside a transaction. */
export function removeObject(context: ApiContext, key: ObjectKey, before: string): void {
  const { store } = context;
  store.remove(key, before);
  const { uid } = parseStored(before).metadata;
  if (uid === undefined) return;
  for (const dependent of store.listDependents(uid)) removeIfOrphaned(context, dependent);
}

/**
 * Starts the deletion of an object: it goes at once, or when its last finalizer does. Only inside a
 * transaction.
 *
 * @returns The object that waits for its finalizers, or `undefined` when it is gone.
 */
export function startDeletion(
  context: ApiContext,
  key: ObjectKey,
  before: string,
): KubeObject | undefined {
  const object = parseStored(before);
  const { metadata } = object;
  if ((metadata.finalizers ?? []).length === 0) {
    removeObject(context, key, before);
    return undefined;
  }
  if (metadata.deletionTimestamp !== undefined) return object;
  return context.store.put(key, markedForDeletion(object, context.nowMs()), before);
}

/** The object with a deletion timestamp. */
export function markedForDeletion(object: KubeObject, nowMs: number): KubeObject {
  const { metadata } = object;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
      deletionTimestamp: timestampOf(nowMs),
      deletionGracePeriodSeconds: 0,
    } as KubeObject["metadata"],
  };
}

/** Lets the dependents of an object stay when it goes; only inside a transaction. */
export function releaseDependents({ store }: ApiContext, ownerUid: string): void {
  for (const key of store.listDependents(ownerUid)) {
    const before = store.get(key);
    if (before === undefined) continue;
    const object = parseStored(before);
    const { ownerReferences = [], ...metadata } = object.metadata;
    const others = ownerReferences.filter(({ uid }) => uid !== ownerUid);
    const kept = others.length === 0 ? {} : { ownerReferences: others };
    store.put(key, { ...object, metadata: { ...metadata, ...kept } }, before);
  }
}

/** Removes objects whose owners went while they were written; runs now and then. */
export function sweepOrphans(context: ApiContext): void {
  const orphans = context.store.listOrphans();
  if (orphans.length === 0) return;
  context.store.transaction(() => {
    for (const key of orphans) removeIfOrphaned(context, key);
  });
}

function removeIfOrphaned(context: ApiContext, key: ObjectKey): void {
  const { store, registry } = context;
  const before = store.get(key);
  if (before === undefined) return;
  const owners = parseStored(before).metadata.ownerReferences ?? [];
  // Nobody here can tell whether an owner of a kind that is not served still exists.
  const orphaned = owners.length > 0 &&
    owners.every(({ apiVersion, kind, uid }) =>
      registry.servesKind(apiVersion, kind) && !store.hasUid(uid)
    );
  if (orphaned) startDeletion(context, key, before);
}
