/** Why a namespace that is being deleted is still there, in the conditions that Kubernetes has for it. */

import { formatInstant } from "../../base/rfc3339.ts";
import { isJsonEqual, objectAt } from "../../base/json.ts";
import type { Condition, KubeObject } from "../../api/meta.ts";
import type { ApiContext } from "./api_context.ts";
import { isTerminating, keyOfNamespace } from "./namespaces.ts";
import { parseStored } from "../store/object_store.ts";

/** What a condition says; when it last changed is added later. */
type Verdict = Required<Pick<Condition, "type" | "status" | "reason" | "message">>;

/**
 * Writes into a namespace that is being deleted what holds it; nothing when that is there already.
 * Only inside a transaction.
 */
export function reportContent(context: ApiContext, name: string): void {
  const { store, nowMs } = context;
  const key = keyOfNamespace(name);
  const before = store.get(key);
  const namespace = before === undefined ? undefined : parseStored(before);
  if (namespace === undefined || !isTerminating(namespace)) return;
  const old = conditionsOf(namespace);
  const now = formatInstant(nowMs());
  const conditions = verdictsOf(context, name).map((verdict) => {
    const known = old.find(({ type }) => type === verdict.type);
    const lastTransitionTime = known?.status === verdict.status ? known.lastTransitionTime : now;
    return { ...verdict, lastTransitionTime };
  });
  if (isJsonEqual(old, conditions)) return;
  const status = { ...objectAt(namespace, "status"), conditions };
  store.put(key, { ...namespace, status }, before);
}

function conditionsOf(namespace: KubeObject): readonly Condition[] {
  const { conditions } = objectAt(namespace, "status");
  return Array.isArray(conditions) ? conditions : [];
}

/** In the words of the namespace controller of Kubernetes. */
function verdictsOf(context: ApiContext, name: string): Verdict[] {
  const { resources, finalizers } = contentOf(context, name);
  return [
    {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "False",
      reason: "ResourcesDiscovered",
      message: "All resources successfully discovered",
    },
    {
      type: "NamespaceDeletionGroupVersionParsingFailure",
      status: "False",
      reason: "ParsedGroupVersions",
      message: "All legacy kube types successfully parsed",
    },
    {
      type: "NamespaceDeletionContentFailure",
      status: "False",
      reason: "ContentDeleted",
      message: "All content successfully deleted, may be waiting on finalization",
    },
    verdict("NamespaceContentRemaining", resources.map(([what, n]) => hasInstances(what, n)), {
      some: ["SomeResourcesRemain", "Some resources are remaining: "],
      none: ["ContentRemoved", "All content successfully removed"],
    }),
    verdict(
      "NamespaceFinalizersRemaining",
      finalizers.map(([what, n]) => holdsInstances(what, n)),
      {
        some: ["SomeFinalizersRemain", "Some content in the namespace has finalizers remaining: "],
        none: ["ContentHasNoFinalizers", "All content-preserving finalizers finished"],
      },
    ),
  ];
}

function hasInstances(resource: string, count: number): string {
  return `${resource} has ${count} resource instances`;
}

function holdsInstances(finalizer: string, count: number): string {
  return `${finalizer} in ${count} resource instances`;
}

function verdict(
  type: string,
  parts: readonly string[],
  words: { readonly some: readonly [string, string]; readonly none: readonly [string, string] },
): Verdict {
  const [reason, message] = parts.length > 0 ? words.some : words.none;
  const status = parts.length > 0 ? "True" : "False";
  return { type, status, reason, message: `${message}${parts.join(", ")}` };
}

/** By kind and by finalizer, how many objects are left; in alphabetical order. */
function contentOf({ store, registry }: ApiContext, name: string) {
  const resources = new Map<string, number>();
  const finalizers = new Map<string, number>();
  for (const key of store.listNamespace(name)) {
    const { type } = registry.ofStorage(key.storage) ?? {};
    const resource = type === undefined || type.group === ""
      ? key.storage
      : `${type.plural}.${type.group}`;
    resources.set(resource, (resources.get(resource) ?? 0) + 1);
    for (const finalizer of new Set(parseStored(store.get(key)!).metadata.finalizers)) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1);
    }
  }
  return { resources: [...resources].sort(), finalizers: [...finalizers].sort() };
}
