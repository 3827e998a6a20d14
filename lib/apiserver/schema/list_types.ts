/** Uniqueness in lists that a schema declares as sets or as maps (`x-kubernetes-list-type`). */

import { isJsonObject } from "../../base/json.ts";
import type { StatusCause } from "../http/status.ts";
import type { StructuralSchema } from "./structural_schema.ts";

/** Finds items that occur twice in lists where each may occur only once. */
export function findDuplicateItems(
  schema: StructuralSchema,
  value: unknown,
  path = "",
): StatusCause[] {
  if (Array.isArray(value)) {
    const items = schema["items"];
    const inside = isJsonObject(items)
      ? value.flatMap((item, i) => findDuplicateItems(items, item, `${path}[${i}]`))
      : [];
    return [...duplicatesOf(schema, value, path), ...inside];
  }
  const properties = schema["properties"];
  if (!isJsonObject(value) || !isJsonObject(properties)) return [];
  return Object.entries(properties).flatMap(([key, child]) =>
    isJsonObject(child) && Object.hasOwn(value, key)
      ? findDuplicateItems(child, value[key], path === "" ? key : `${path}.${key}`)
      : []
  );
}

function duplicatesOf(
  schema: StructuralSchema,
  list: readonly unknown[],
  path: string,
): StatusCause[] {
  const identityOf = identityFunction(schema);
  if (identityOf === undefined) return [];
  const timesSeen = new Map<string, number>();
  return list.flatMap((item, i) => {
    const identity = identityOf(item);
    const times = (timesSeen.get(identity) ?? 0) + 1;
    timesSeen.set(identity, times);
    // Each duplicate is reported once, however often it occurs.
    if (times !== 2) return [];
    const message = `Duplicate value: ${identity}`;
    return [{ reason: "FieldValueDuplicate", message, field: `${path}[${i}]` }];
  });
}

function identityFunction(schema: StructuralSchema): ((item: unknown) => string) | undefined {
  const keys = schema["x-kubernetes-list-map-keys"];
  switch (schema["x-kubernetes-list-type"]) {
    case "set":
      return (item) => JSON.stringify(item);
    case "map":
      if (!Array.isArray(keys)) return undefined;
      return (item) =>
        JSON.stringify(
          Object.fromEntries(
            keys.map((key) => [key, isJsonObject(item) ? item[String(key)] : undefined]),
          ),
        );
    default:
      return undefined;
  }
}
