/** What the kinds have in common that are served without a definition. */

import type { KubeObject, ResourceType } from "../../api/meta.ts";
import { formatAge } from "./human_duration.ts";
import { type Column, NAME_COLUMN, type Resource } from "./resource.ts";

/** Field selectors that every kind in namespaces has. */
export const METADATA_FIELD_LABELS: readonly string[] = ["metadata.name", "metadata.namespace"];

/** The column that tables of a kind without columns of its own show. */
export const AGE_COLUMN: Column = {
  name: "Age",
  type: "date",
  format: "",
  description: "Time since the object was created.",
  priority: 0,
  cell: (object, nowMs) => formatAge(object.metadata.creationTimestamp, nowMs),
};

/** A kind of which nothing special is said yet. */
export function builtin(
  type: ResourceType,
  { shortNames }: { readonly shortNames: readonly string[] },
): Resource {
  return {
    type,
    singular: type.kind.toLowerCase(),
    listKind: `${type.kind}List`,
    shortNames,
    categories: [],
    hasStatus: false,
    hasGeneration: false,
    allowsUnconditionalUpdate: true,
    namesAreLabels: false,
    storage: type.group === "" ? type.plural : `${type.plural}.${type.group}`,
    fieldLabels: METADATA_FIELD_LABELS,
    columns: [NAME_COLUMN, AGE_COLUMN],
    isCompiledIn: true,
    validate: () => [],
  };
}

/** A column of text. */
export function textColumn(
  name: string,
  description: string,
  cell: (object: KubeObject) => unknown,
): Column {
  return { name, type: "string", format: "", description, priority: 0, cell };
}

/** A column that only `-o wide` shows. */
export function wideColumn(
  name: string,
  description: string,
  cell: (object: KubeObject) => unknown,
): Column {
  return { ...textColumn(name, description, cell), priority: 1 };
}
