/** Compares an object with what it should be, and mends what of it is ours. */

import { isJsonObject, type JsonObject, ownValue } from "../../../base/json.ts";
import { QUANTITY_RULE } from "../../../api/workload/quantity.ts";
import { type FieldShape, itemKeyOf, memberShapeOf } from "../field_shape.ts";

/** An object, or a part of one, and which of its fields had to be mended. */
export interface Repair {
  readonly value: unknown;
  /** Such as `spec.template.spec.containers[agent].image`. */
  readonly mended: readonly string[];
}

/**
 * Sets what is wished and not there. Whatever else is there stays: what the API server fills in, what
 * others added, and items of lists that are not wished for.
 *
 * A field without a shape is set in one piece: a mixture of two forms of a volume or a probe is refused.
 */
export function repairOf(
  wished: unknown,
  stored: unknown,
  { shape, path }: { readonly shape: FieldShape | undefined; readonly path: string },
): Repair {
  if (shape?.is === "map" && isJsonObject(wished) && isJsonObject(stored)) {
    return mendedMap(wished, stored, { shape, path });
  }
  if (shape?.is === "list" && Array.isArray(wished) && Array.isArray(stored)) {
    return mendedList(wished, stored, { shape, path });
  }
  return contains(stored, wished)
    ? { value: stored, mended: [] }
    : { value: wished, mended: [path] };
}

/** Whether everything that is wished stands there; lists are to have no more than that. */
export function contains(stored: unknown, wished: unknown): boolean {
  if (Array.isArray(wished)) {
    return Array.isArray(stored) && stored.length === wished.length &&
      wished.every((item, i) => contains(stored[i], item));
  }
  if (!isJsonObject(wished)) return stored === wished || isSameAmount(stored, wished);
  return isJsonObject(stored) &&
    Object.entries(wished).every(([name, value]) => contains(ownValue(stored, name), value));
}

/** The API server writes 0.5 as 500m, and 1024Mi as 1Gi. */
function isSameAmount(a: unknown, b: unknown): boolean {
  const [amount, other] = [a, b].map((value) =>
    typeof value === "string" || typeof value === "number"
      ? QUANTITY_RULE.parse(String(value))
      : undefined
  );
  return amount !== undefined && amount === other;
}

function mendedMap(
  wished: JsonObject,
  stored: JsonObject,
  { shape, path }: { readonly shape: FieldShape; readonly path: string },
): Repair {
  const mended: string[] = [];
  const value: JsonObject = { ...stored };
  for (const [name, wish] of Object.entries(wished)) {
    const part = repairOf(wish, ownValue(stored, name), {
      shape: memberShapeOf(shape, name),
      path: path === "" ? name : `${path}.${name}`,
    });
    value[name] = part.value;
    mended.push(...part.mended);
  }
  return { value, mended };
}

function mendedList(
  wished: readonly unknown[],
  stored: readonly unknown[],
  { shape: { key, item, unique }, path }: {
    readonly shape: FieldShape & { readonly is: "list" };
    readonly path: string;
  },
): Repair {
  const mended: string[] = [];
  const uniqueOf = (each: unknown) => unique && isJsonObject(each) ? each[unique] : undefined;
  const taken = new Set<unknown>(wished.map(uniqueOf).filter((value) => value !== undefined));
  const wishes = new Map(wished.filter(isJsonObject).map((each) => [itemKeyOf(each, key), each]));
  const mend = (name: string, wish: unknown, each: unknown): unknown => {
    const part = repairOf(wish, each, { shape: item, path: `${path}[${name}]` });
    mended.push(...part.mended);
    return part.value;
  };
  const kept = stored.flatMap((each) => {
    const name = isJsonObject(each) ? itemKeyOf(each, key) : "";
    const wish = wishes.get(name);
    wishes.delete(name);
    if (wish !== undefined) return [mend(name, wish, each)];
    // The API server refuses an item beside ours that has what only one may have.
    return taken.has(uniqueOf(each)) ? [] : [each];
  });
  const missing = [...wishes].map(([name, wish]) => mend(name, wish, undefined));
  return { value: [...kept, ...missing], mended };
}
