/**
 * The consequences of a removal, all in the same transaction: the objects that the object owned are
 * removed or released, and owners that waited for it are removed (Kubernetes documentation "Garbage
 * Collection").
 */

import { formatInstant } from "../../base/rfc3339.ts";
import type { KubeObject, OwnerReference } from "../../api/meta.ts";
import type { ApiContext } from "./api_context.ts";
import { removeEmptyNamespace } from "./namespaces.ts";
import type { PropagationPolicy } from "../request/request_options.ts";
import { type ObjectKey, parseStored } from "../store/object_store.ts";

/** Says that an object waits for the objects that it owns. */
const FOREGROUND_FINALIZER = "foregroundDeletion";

/** Finalizers that hold an object until its policy is carried out. */
const POLICY_FINALIZERS: Readonly<Record<PropagationPolicy, readonly string[]>> = {
  Background: [],
  Foreground: [FOREGROUND_FINALIZER],
  Orphan: ["orphan"],
};

/** Removes an object, its dependents, and owners that waited for it; only inside a transaction. */
export function removeObject(context: ApiContext, key: ObjectKey, before: string): void {
  const { store } = context;
  store.remove(key, before);
  const { uid, ownerReferences = [] } = parseStored(before).metadata;
  if (uid !== undefined) {
    for (const dependent of store.listDependents(uid)) collectGarbage(context, dependent);
  }
  removeWaitingOwners(context, ownerReferences);
  removeEmptyNamespace(context, key.namespace);
}

/**
 * Starts the deletion of an object. It is removed at once, or with its last finalizer. Only inside a
 * transaction.
 *
 * @returns The marked object, or `undefined` when it was removed at once.
 */
export function startDeletion(
  context: ApiContext,
  key: ObjectKey,
  { before, policy = "Background" }: {
    readonly before: string;
    readonly policy?: PropagationPolicy;
  },
): KubeObject | undefined {
  const object = parseStored(before);
  const { uid = "", deletionTimestamp } = object.metadata;
  if (deletionTimestamp !== undefined) return object;
  const marked = markedForDeletion(object, { policy, nowMs: context.nowMs() });
  if ((marked.metadata.finalizers ?? []).length === 0) {
    removeObject(context, key, before);
    return undefined;
  }
  const stored = context.store.put(key, marked, before);
  if (policy === "Orphan") {
    releaseDependents(context, uid);
    removeFinalizers(context, key, POLICY_FINALIZERS.Orphan);
  } else if (policy === "Foreground") {
    for (const dependent of context.store.listDependents(uid)) deleteDependent(context, dependent);
    removeIfNothingBlocks(context, key);
  }
  return stored;
}

/** The object with a deletion timestamp, and the finalizers of the policy. */
export function markedForDeletion(
  object: KubeObject,
  { policy, nowMs }: { readonly policy: PropagationPolicy; readonly nowMs: number },
): KubeObject {
  const { metadata } = object;
  const finalizers = [...new Set([...metadata.finalizers ?? [], ...POLICY_FINALIZERS[policy]])];
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(metadata.generation === undefined ? {} : { generation: metadata.generation + 1 }),
      deletionTimestamp: formatInstant(nowMs),
      deletionGracePeriodSeconds: 0,
      ...(finalizers.length === 0 ? {} : { finalizers }),
    } as KubeObject["metadata"],
  };
}

/** Removes objects whose owners were removed while they were written. */
export function sweepOrphans(context: ApiContext): void {
  const orphans = context.store.listOrphans();
  if (orphans.length === 0) return;
  context.store.transaction(() => {
    for (const key of orphans) collectGarbage(context, key);
  });
}

/** Removes owners that wait for their dependents and have none any more that they wait for. */
export function removeWaitingOwners(
  context: ApiContext,
  owners: readonly OwnerReference[],
): void {
  for (const { uid } of owners) {
    const key = context.store.keyOfUid(uid);
    if (key !== undefined) removeIfNothingBlocks(context, key);
  }
}

/** An object that owns others itself waits for them, too. */
function deleteDependent(context: ApiContext, key: ObjectKey): void {
  const { store } = context;
  const before = store.get(key);
  if (before === undefined) return;
  const isOwner = store.listDependents(parseStored(before).metadata.uid ?? "").length > 0;
  startDeletion(context, key, { before, policy: isOwner ? "Foreground" : "Background" });
}

function removeIfNothingBlocks(context: ApiContext, key: ObjectKey): void {
  const { store } = context;
  const text = store.get(key);
  if (text === undefined) return;
  const { uid = "", deletionTimestamp, finalizers = [] } = parseStored(text).metadata;
  if (deletionTimestamp === undefined || !finalizers.includes(FOREGROUND_FINALIZER)) return;
  const isBlocked = store.listDependents(uid).some((dependent) => {
    const owners = ownersOf(context, dependent);
    return owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true);
  });
  if (!isBlocked) removeFinalizers(context, key, POLICY_FINALIZERS.Foreground);
}

function removeFinalizers(
  context: ApiContext,
  key: ObjectKey,
  removed: readonly string[],
): void {
  const before = context.store.get(key);
  if (before === undefined) return;
  const object = parseStored(before);
  const { finalizers: all = [], ...metadata } = object.metadata;
  const finalizers = all.filter((finalizer) => !removed.includes(finalizer));
  if (finalizers.length === 0) return removeObject(context, key, before);
  context.store.put(key, { ...object, metadata: { ...metadata, finalizers } }, before);
}

/** Detaches the dependents of an object, so that they stay when it is removed. */
function releaseDependents(context: ApiContext, ownerUid: string): void {
  for (const key of context.store.listDependents(ownerUid)) {
    const kept = ownersOf(context, key).filter(({ uid }) => uid !== ownerUid);
    putOwners(context, key, kept);
  }
}

/**
 * Removes an object without any remaining owner, and references to removed owners; only inside a
 * transaction.
 */
export function collectGarbage(context: ApiContext, key: ObjectKey): void {
  const { store } = context;
  const before = store.get(key);
  if (before === undefined) return;
  const owners = ownersOf(context, key);
  const kept = owners.filter((owner) => mayExist(context, owner, key.namespace));
  if (kept.length === owners.length) return;
  if (kept.length === 0) startDeletion(context, key, { before });
  else putOwners(context, key, kept);
}

/** An owner is where its reference says, in the namespace of what it owns or in none. */
function mayExist(
  { store, registry }: ApiContext,
  { apiVersion, kind, name, uid }: OwnerReference,
  namespace: string,
): boolean {
  const resource = registry.findKind(apiVersion, kind);
  // An owner of a kind that is not served here may exist elsewhere.
  if (resource === undefined) return true;
  const key = store.keyOfUid(uid);
  return key?.storage === resource.storage && key.name === name &&
    (key.namespace === "" || key.namespace === namespace);
}

function ownersOf({ store }: ApiContext, key: ObjectKey): readonly OwnerReference[] {
  const text = store.get(key);
  return text === undefined ? [] : parseStored(text).metadata.ownerReferences ?? [];
}

function putOwners({ store }: ApiContext, key: ObjectKey, owners: readonly OwnerReference[]): void {
  const before = store.get(key);
  if (before === undefined) return;
  const object = parseStored(before);
  const { ownerReferences: _, ...metadata } = object.metadata;
  const ownerReferences = owners.length === 0 ? {} : { ownerReferences: owners };
  store.put(key, { ...object, metadata: { ...metadata, ...ownerReferences } }, before);
}
