/** Which objects of a kind a list or a watch is about. */

import type { KubeObject } from "../../api/meta.ts";
import type { Resource } from "../kinds/resource.ts";
import { type ObjectStore, parseStored } from "../store/object_store.ts";
import type { CollectionTarget } from "./route.ts";
import {
  type FieldRequirement,
  type LabelRequirement,
  matchesFields,
  matchesLabels,
  parseFieldSelector,
  parseLabelSelector,
} from "./selectors.ts";

/** The parsed selectors of a request. */
export interface Selection {
  /** Absent for all. */
  readonly namespace: string | undefined;
  /** Absent for all. */
  readonly name: string | undefined;
  /** What can only be told from the object itself. */
  readonly fields: readonly FieldRequirement[];
  readonly labels: readonly LabelRequirement[];
}

/**
 * Reads `fieldSelector` and `labelSelector`.
 *
 * @throws {ApiError} 400 when they are malformed.
 */
export function parseSelection(target: CollectionTarget, query: URLSearchParams): Selection {
  const { fieldLabels } = target.resource;
  const fields = parseFieldSelector(query.get("fieldSelector") ?? "", fieldLabels);
  const labels = parseLabelSelector(query.get("labelSelector") ?? "");
  const name = fields.find(({ path, equals }) => path === "metadata.name" && equals);
  const namespace = fields.find(({ path, equals }) => path === "metadata.namespace" && equals);
  return {
    namespace: target.namespace ?? namespace?.value,
    name: name?.value,
    fields: fields.filter((field) => field !== name && field !== namespace).concat(
      // When path and selector both name a namespace, both have to match.
      namespace !== undefined && target.namespace !== undefined ? [namespace] : [],
    ),
    labels,
  };
}

/** Whether the name and the namespace are selected. */
export function selectsKey(
  selection: Selection,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): boolean {
  return (selection.namespace ?? namespace) === namespace && (selection.name ?? name) === name;
}

/** Whether names alone decide, so that no object has to be parsed. */
export function selectsByKeyOnly({ fields, labels }: Selection): boolean {
  return fields.length === 0 && labels.length === 0;
}

/** Whether an object whose key is selected is selected. */
export function selectsObject({ fields, labels }: Selection, object: KubeObject): boolean {
  return matchesFields(object, fields) && matchesLabels(object, labels);
}

/** JSON texts of the selected objects, in their stored shape. */
export function selectedTexts(
  store: ObjectStore,
  resource: Resource,
  selection: Selection,
): string[] {
  const { namespace, name } = selection;
  const texts = store.list({ storage: resource.storage, namespace, name });
  if (selectsByKeyOnly(selection)) return texts;
  return texts.filter((text) => selectsObject(selection, servedObject(resource, text)));
}

/** The object of a stored text, in the shape of the kind. */
export function servedObject(resource: Resource, text: string): KubeObject {
  const stored = parseStored(text);
  return resource.toServed?.(stored) ?? stored;
}
