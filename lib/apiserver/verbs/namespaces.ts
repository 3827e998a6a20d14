/**
 * A namespace is created with the first object that somebody puts there, so that users need not create
 * one for their first pool. A deletion removes the objects in the namespace, and then the empty
 * namespace.
 */

import { formatInstant } from "../../base/rfc3339.ts";
import { objectAt } from "../../base/json.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import { NAMESPACES } from "../../api/resources.ts";
import type { ApiContext } from "./api_context.ts";
import { parseStored } from "../store/object_store.ts";
import type { ObjectKey } from "../store/queries.ts";
import { ApiError, forbidden, notFound } from "../http/status.ts";

/** The namespace that always exists. */
const DEFAULT_NAMESPACE = "default";

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
  const spec = { finalizers: ["kubernetes"], ...objectAt(namespace, "spec") };
  return withNameLabel({ ...namespace, spec, status: { phase: "Active" } });
}

/** A changed namespace with what the server alone sets: spec, phase and the label of its name. */
export function keptNamespace(next: KubeObject, current: KubeObject): KubeObject {
  const { phase } = objectAt(current, "status");
  const status = { ...objectAt(next, "status"), phase };
  return withNameLabel({ ...next, spec: objectAt(current, "spec"), status });
}

function withNameLabel(namespace: KubeObject): KubeObject {
  const { metadata } = namespace;
  const labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name };
  return { ...namespace, metadata: { ...metadata, labels } };
}

/** The namespace as it is while it goes. */
export function terminatingNamespace(namespace: KubeObject): KubeObject {
  return { ...namespace, status: { ...objectAt(namespace, "status"), phase: "Terminating" } };
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
 * Refuses new objects where they may not be: in a namespace that is being deleted and, of the kinds
 * that programs write by themselves, in one that does not exist. A late Event would otherwise bring
 * back a namespace that was just deleted.
 *
 * @throws {ApiError} 403 with a cause that clients know, or 404.
 */
export function refuseInNamespace(
  { store }: ApiContext,
  namespace: string,
  { type, name, mayMakeIt }: {
    readonly type: ResourceType;
    readonly name: string;
    readonly mayMakeIt: boolean;
  },
): void {
  if (namespace === "") return;
  const text = store.get(keyOfNamespace(namespace));
  if (text === undefined) {
    if (!mayMakeIt) throw notFound(NAMESPACES, namespace);
    return;
  }
  if (!isTerminating(parseStored(text))) return;
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
  if (!isTerminating(namespace) || isHeld || store.hasContent(name)) return;
  store.remove(key, before);
}

/** Names of the namespaces that are being deleted. */
export function terminatingNamespaces({ store }: ApiContext): string[] {
  return store.list({ storage: NAMESPACES.plural }).map(parseStored).filter(isTerminating)
    .map(({ metadata }) => metadata.name);
}

export function isTerminating({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

export function keyOfNamespace(name: string): ObjectKey {
  return { storage: NAMESPACES.plural, namespace: "", name };
}
