/** Lays a part of a pod over a whole one. */

import { isJsonObject, type JsonObject } from "../../../base/json.ts";
import { type FieldShape, itemKeyOf, memberShapeOf } from "../field_shape.ts";

/**
 * Merges as `kubectl patch` does by default: objects member by member, the lists of the shape item by
 * item, and everything else is replaced. `null` takes a field away.
 */
export function strategicMerge(base: unknown, part: unknown, shape?: FieldShape): unknown {
  if (shape?.is === "list" && Array.isArray(part)) return mergedLists(base, part, shape);
  if (!isJsonObject(part)) return part;
  const merged: JsonObject = isJsonObject(base) ? { ...base } : {};
  for (const [name, value] of Object.entries(part)) {
    if (value === null) delete merged[name];
    else merged[name] = strategicMerge(merged[name], value, memberShapeOf(shape, name));
  }
  return merged;
}

function mergedLists(
  base: unknown,
  part: readonly unknown[],
  { key, item }: FieldShape & { readonly is: "list" },
): readonly unknown[] {
  const rest = new Map(part.filter(isJsonObject).map((each) => [itemKeyOf(each, key), each]));
  const merged = (Array.isArray(base) ? base : []).map((each) => {
    const name = isJsonObject(each) ? itemKeyOf(each, key) : "";
    const over = rest.get(name);
    rest.delete(name);
    // An item without a shape is one of several forms, which must not be mixed.
    return over === undefined ? each : item === undefined ? over : strategicMerge(each, over, item);
  });
  return [...merged, ...[...rest.values()].map((each) => strategicMerge({}, each, item))];
}
