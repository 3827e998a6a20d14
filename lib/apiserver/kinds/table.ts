/** Tables (meta.k8s.io/v1): lists as `kubectl get` prints them. */

import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { Column, Resource } from "./resource.ts";

/** How much of each object goes into its row (`includeObject` of a request). */
export type IncludeObject = "None" | "Metadata" | "Object";

/** The options of a table. */
export interface TableOptions {
  readonly includeObject: IncludeObject;
  /** For the ages. */
  readonly nowMs: number;
}

/** Makes a table of objects; `metadata` is that of the list. */
export function tableOf(
  resource: Resource,
  { objects, metadata }: { objects: readonly KubeObject[]; metadata: JsonObject },
  options: TableOptions,
): JsonObject {
  return {
    kind: "Table",
    apiVersion: "meta.k8s.io/v1",
    metadata,
    columnDefinitions: resource.columns.map(definitionOf),
    rows: objects.map((object) => ({
      cells: resource.columns.map((column) => column.cell(object, options.nowMs)),
      object: rowObject(object, options.includeObject),
    })),
  };
}

/** Makes the table of one object of a watch; only the first of a watch defines the columns. */
export function watchTableOf(
  resource: Resource,
  object: KubeObject,
  options: TableOptions & { readonly isFirst: boolean },
): JsonObject {
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  const table = tableOf(resource, { objects: [object], metadata }, options);
  return options.isFirst ? table : { ...table, columnDefinitions: null };
}

/** The object without anything but its metadata. */
export function metadataOf({ metadata }: KubeObject): JsonObject {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata };
}

function definitionOf({ name, type, format, description, priority }: Column): JsonObject {
  return { name, type, format, description, priority };
}

function rowObject(object: KubeObject, include: IncludeObject): JsonObject | null {
  switch (include) {
    case "None":
      return null;
    case "Metadata":
      return metadataOf(object);
    case "Object":
      return { ...object };
    default:
      return include satisfies never;
  }
}
