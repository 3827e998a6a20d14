/**
 * A namespace is created with its first object, so that users need not create one for their first
 * pool. A deletion removes the objects in the namespace, and then the empty namespace.
 */

import { formatInstant } from "../../base/rfc3339.ts";
import type { JsonObject } from "../../base/json.ts";
import { objectAt, valueAt } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import { NAMESPACES } from "../../api/resources.ts";
import type { ApiContext } from "./api_context.ts";
import { type ObjectKey, parseStored } from "../store/object_store.ts";
import { ApiError, forbidden } from "../http/status.ts";

/** The namespace that always exists. */
const DEFAULT_NAMESPACE = "default";

const TERMINATING = "Terminating";

/** Makes `default` unless it exists. */
export function ensureDefaultNamespace(context: ApiContext): void {
  // No write where there is nothing to write: the disk may be full.
  if (context.store.get(keyOfNamespace(DEFAULT_NAMESPACE)) !== undefined) return;
  context.store.transaction(() => ensureNamespace(context, DEFAULT_NAMESPACE));
}

/** Makes a namespace unless it exists; only inside a transaction. */
export function ensureNamespace({ store, nowMs }: ApiContext, name: string): void {
  const key = keyOfNamespace(name);
  if (name === "" || store.get(key) !== undefined) return;
  const metadata = { name, uid: crypto.randomUUID(), creationTimestamp: formatInstant(nowMs()) };
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

/** The namespace as it is while it goes. */
export function terminatingNamespace(namespace: KubeObject): KubeObject {
  return { ...namespace, status: { ...objectAt(namespace, "status"), phase: TERMINATING } };
}

/**
 * Refuses the deletion of the namespace that always exists.
 *
 * @throws {ApiError} 403.
 */
export function refuseDeletionOfDefault(name: string): void {
  if (name === DEFAULT_NAMESPACE) {
    throw forbidden(NAMESPACES, name, "this namespace may not be deleted");
  }
}

/**
 * Refuses new objects in a namespace that is being deleted.
 *
 * @throws {ApiError} 403 with a cause that clients know.
 */
export function refuseInTerminating(
  { store }: ApiContext,
  namespace: string,
  { type, name }: { readonly type: ResourceType; readonly name: string },
): void {
  const text = namespace === "" ? undefined : store.get(keyOfNamespace(namespace));
  if (text === undefined || !isTerminating(parseStored(text))) return;
  const why = `unable to create new content in namespace ${namespace} because it is being ` +
    "terminated";
  const refusal = forbidden(type, name, why);
  const cause = {
    reason: "NamespaceTerminating",
    message: `namespace ${namespace} is being terminated`,
    field: "metadata.namespace",
  };
  throw new ApiError(refusal.code, refusal.reason, refusal.message, {
    ...refusal.details,
    causes: [cause],
  });
}

/** Removes a namespace that goes once nothing is in it; only inside a transaction. */
export function removeEmptyNamespace({ store }: ApiContext, name: string): void {
  const key = keyOfNamespace(name);
  const before = name === "" ? undefined : store.get(key);
  if (before === undefined) return;
  const namespace = parseStored(before);
  const isHeld = (namespace.metadata.finalizers ?? []).length > 0;
  if (!isTerminating(namespace) || isHeld || store.listNamespace(name).length > 0) return;
  store.remove(key, before);
}

function isTerminating(namespace: KubeObject): boolean {
  return valueAt(namespace, "status.phase") === TERMINATING;
}

function keyOfNamespace(name: string): ObjectKey {
  return { storage: NAMESPACES.plural, namespace: "", name };
}
