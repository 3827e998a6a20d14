/**
 * Namespaces come into being with the first object in them, so that nobody has to make one before
 * the first pool, and go only when they are empty.
 */

import type { JsonObject, KubeObject } from "../api/meta.ts";
import { NAMESPACES } from "../api/resources.ts";
import { type ApiContext, timestampOf } from "./api_context.ts";
import { EVENT_STORAGE } from "./builtin_resources.ts";
import { objectAt } from "./json.ts";
import type { ObjectKey } from "./object_store.ts";
import { ApiError, conflict } from "./status.ts";

/** The namespace that always exists. */
const DEFAULT_NAMESPACE = "default";

/** Makes `default` unless it exists. */
export function ensureDefaultNamespace(context: ApiContext): void {
  context.store.transaction(() => ensureNamespace(context, DEFAULT_NAMESPACE));
}

/** Makes a namespace unless it exists; only inside a transaction. */
export function ensureNamespace({ store, nowMs }: ApiContext, name: string): void {
  const key = keyOfNamespace(name);
  if (name === "" || store.get(key) !== undefined) return;
  const metadata = { name, uid: crypto.randomUUID(), creationTimestamp: timestampOf(nowMs()) };
  store.put(key, completeNamespace({ apiVersion: "v1", kind: "Namespace", metadata }), undefined);
}

/** Adds what every namespace carries. */
export function completeNamespace(namespace: KubeObject): KubeObject {
  const { metadata } = namespace;
  return {
    ...namespace,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name },
    },
    spec: { finalizers: ["kubernetes"], ...objectAt(namespace, "spec") } satisfies JsonObject,
    status: { phase: "Active" },
  };
}

/**
 * Refuses the deletion of a namespace that has to stay. Events alone do not keep one.
 *
 * @throws {ApiError} 403 for `default`, 409 for one that is not empty.
 */
export function refuseDeletionOfUsedNamespace({ store }: ApiContext, name: string): void {
  if (name === DEFAULT_NAMESPACE) {
    throw new ApiError(
      403,
      "Forbidden",
      `namespaces ${JSON.stringify(name)} is forbidden: this namespace may not be deleted`,
      { name, kind: "namespaces" },
    );
  }
  if (store.listNamespace(name).some(({ storage }) => storage !== EVENT_STORAGE)) {
    throw conflict(NAMESPACES, name, "it is not empty; delete the objects in it first");
  }
}

/** Removes what is left in a namespace that goes; only inside a transaction. */
export function removeEventsOf({ store }: ApiContext, name: string): void {
  for (const key of store.listNamespace(name)) {
    const before = store.get(key);
    if (before !== undefined) store.remove(key, before);
  }
}

function keyOfNamespace(name: string): ObjectKey {
  return { storage: NAMESPACES.plural, namespace: "", name };
}
