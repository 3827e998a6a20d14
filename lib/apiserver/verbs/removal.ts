/**
 * The consequences of a removal, all in the same transaction: the objects that the object owned are
 * removed or released, and owners that waited for it are removed (Kubernetes documentation "Garbage
 * Collection").
 */

import { formatInstant } from "../../base/rfc3339.ts";
import type { KubeObject, OwnerReference } from "../../api/meta.ts";
import type { ApiContext } from "./api_context.ts";
import { NAMESPACES } from "../../api/resources.ts";
import { reportContent } from "./namespace_conditions.ts";
import { removeEmptyNamespace, terminatingNamespace } from "./namespaces.ts";
import type { PropagationPolicy } from "../request/request_options.ts";
import { parseStored } from "../store/object_store.ts";
import type { ObjectKey } from "../store/queries.ts";

/** Says that an object waits for the objects that it owns. */
const FOREGROUND_FINALIZER = "foregroundDeletion";

/** Finalizers that hold an object until its policy is carried out. */
const POLICY_FINALIZERS: Readonly<Record<PropagationPolicy, readonly string[]>> = {
  Background: [],
  Foreground: [FOREGROUND_FINALIZER],
  Orphan: ["orphan"],
};

/**
 * A removal with all its consequences. They are done one after the other instead of one within the
 * other, so that a chain of owners may be of any length, and owners and namespaces are looked at once
 * when all else is done, however many objects go.
 */
class Removal {
  readonly #context: ApiContext;
  readonly #steps: (() => void)[] = [];
  readonly #owners = new Set<string>();
  readonly #namespaces = new Set<string>();
  readonly #startedNamespaces: string[] = [];

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** Does what is left to do. */
  finish(): void {
    for (;;) {
      for (let i = 0; i < this.#steps.length; i++) this.#steps[i]!();
      this.#steps.length = 0;
      const owners = [...this.#owners];
      this.#owners.clear();
      for (const uid of owners) this.#removeIfNothingBlocks(uid);
      if (this.#steps.length === 0 && this.#owners.size === 0) break;
    }
    for (const name of this.#namespaces) removeEmptyNamespace(this.#context, name);
    // Of a removal within it, the namespace tells later: that takes a look at all that is left.
    for (const name of this.#startedNamespaces) reportContent(this.#context, name);
  }

  remove(key: ObjectKey, before: string): void {
    const { store } = this.#context;
    store.remove(key, before);
    const { uid, ownerReferences = [] } = parseStored(before).metadata;
    if (uid !== undefined) {
      this.#steps.push(() => {
        for (const dependent of store.listDependents(uid)) this.collect(dependent);
      });
    }
    this.lookAtOwners(ownerReferences);
    if (key.namespace !== "") this.#namespaces.add(key.namespace);
  }

  /** Removes those of the owners that wait for their dependents, once nothing holds them. */
  lookAtOwners(owners: readonly OwnerReference[]): void {
    for (const { uid } of owners) this.#owners.add(uid);
  }

  /** As {@link startDeletion}. */
  start(
    key: ObjectKey,
    { before, policy = "Background" }: {
      readonly before: string;
      readonly policy?: PropagationPolicy;
    },
  ): KubeObject | undefined {
    const object = parseStored(before);
    if (object.metadata.deletionTimestamp !== undefined) return object;
    if (key.storage === NAMESPACES.plural) return this.#startNamespace(key, before);
    const { store, nowMs } = this.#context;
    const marked = markedForDeletion(object, { policy, nowMs: nowMs() });
    if ((marked.metadata.finalizers ?? []).length === 0) {
      this.remove(key, before);
      return undefined;
    }
    const stored = store.put(key, marked, before);
    const { uid = "" } = object.metadata;
    if (policy === "Orphan") {
      releaseDependents(this.#context, uid);
      this.#removeFinalizers(key, POLICY_FINALIZERS.Orphan);
    } else if (policy === "Foreground") {
      this.#steps.push(() => {
        for (const dependent of store.listDependents(uid)) this.#deleteDependent(dependent);
      });
      this.#owners.add(uid);
    }
    return stored;
  }

  /** As {@link collectGarbage}. */
  collect(key: ObjectKey): void {
    const before = this.#context.store.get(key);
    if (before === undefined) return;
    const owners = ownersOf(this.#context, key);
    const kept = owners.filter((owner) => mayExist(this.#context, owner, key.namespace));
    if (kept.length === owners.length) return;
    if (kept.length === 0) this.start(key, { before });
    else putOwners(this.#context, key, kept);
  }

  /** A namespace is marked, then what is in it goes, then it goes. */
  #startNamespace(key: ObjectKey, before: string): KubeObject {
    const { store, nowMs } = this.#context;
    const marking = { policy: "Background", nowMs: nowMs() } as const;
    const namespace = markedForDeletion(parseStored(before), marking);
    const marked = store.put(key, terminatingNamespace(namespace), before);
    this.#steps.push(() => {
      for (const content of store.listNamespace(key.name)) {
        const text = store.get(content);
        if (text !== undefined) this.start(content, { before: text });
      }
    });
    this.#namespaces.add(key.name);
    this.#startedNamespaces.push(key.name);
    return marked;
  }

  /** An object that owns others itself waits for them, too. */
  #deleteDependent(key: ObjectKey): void {
    const { store } = this.#context;
    const before = store.get(key);
    if (before === undefined) return;
    const isOwner = store.listDependents(parseStored(before).metadata.uid ?? "").length > 0;
    this.start(key, { before, policy: isOwner ? "Foreground" : "Background" });
  }

  #removeIfNothingBlocks(uid: string): void {
    const { store } = this.#context;
    const key = store.keyOfUid(uid);
    const text = key === undefined ? undefined : store.get(key);
    if (key === undefined || text === undefined) return;
    const { deletionTimestamp, finalizers = [] } = parseStored(text).metadata;
    if (deletionTimestamp === undefined || !finalizers.includes(FOREGROUND_FINALIZER)) return;
    const isBlocked = store.listDependents(uid).some((dependent) =>
      ownersOf(this.#context, dependent)
        .some((owner) => owner.uid === uid && owner.blockOwnerDeletion === true)
    );
    if (!isBlocked) this.#removeFinalizers(key, POLICY_FINALIZERS.Foreground);
  }

  #removeFinalizers(key: ObjectKey, removed: readonly string[]): void {
    const { store } = this.#context;
    const before = store.get(key);
    if (before === undefined) return;
    const object = parseStored(before);
    const { finalizers: all = [], ...metadata } = object.metadata;
    const finalizers = all.filter((finalizer) => !removed.includes(finalizer));
    if (finalizers.length === 0) return this.remove(key, before);
    store.put(key, { ...object, metadata: { ...metadata, finalizers } }, before);
  }
}

/** Removes an object, its dependents, and owners that waited for it; only inside a transaction. */
export function removeObject(context: ApiContext, key: ObjectKey, before: string): void {
  const removal = new Removal(context);
  removal.remove(key, before);
  removal.finish();
}

/**
 * Starts the deletion of an object. It is removed at once, or with its last finalizer; a namespace,
 * with the last object in it. Only inside a transaction.
 *
 * @returns The marked object, or `undefined` when it was removed at once.
 */
export function startDeletion(
  context: ApiContext,
  key: ObjectKey,
  deletion: { readonly before: string; readonly policy?: PropagationPolicy },
): KubeObject | undefined {
  const removal = new Removal(context);
  const marked = removal.start(key, deletion);
  removal.finish();
  return marked;
}

/** Starts the deletion of objects that are stored; only inside a transaction. */
export function startDeletions(
  context: ApiContext,
  keys: readonly ObjectKey[],
  policy: PropagationPolicy,
): void {
  const removal = new Removal(context);
  for (const key of keys) {
    const before = context.store.get(key);
    if (before !== undefined) removal.start(key, { before, policy });
  }
  removal.finish();
}

/** Removes owners that wait for their dependents and have none any more that they wait for. */
export function removeWaitingOwners(
  context: ApiContext,
  owners: readonly OwnerReference[],
): void {
  const removal = new Removal(context);
  removal.lookAtOwners(owners);
  removal.finish();
}

/**
 * Removes objects without any remaining owner, and references to removed owners; only inside a
 * transaction.
 */
export function collectGarbage(context: ApiContext, keys: readonly ObjectKey[]): void {
  const removal = new Removal(context);
  for (const key of keys) removal.collect(key);
  removal.finish();
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
  context.store.transaction(() => collectGarbage(context, orphans));
}

/** Detaches the dependents of an object, so that they stay when it is removed. */
function releaseDependents(context: ApiContext, ownerUid: string): void {
  for (const key of context.store.listDependents(ownerUid)) {
    const kept = ownersOf(context, key).filter(({ uid }) => uid !== ownerUid);
    putOwners(context, key, kept);
  }
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
