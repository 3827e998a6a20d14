/**
 * Strategic merge patch, which kubectl sends for kinds that it has compiled in: a merge patch that
 * merges lists item by item where the type of the kind says so, and has directives whose names start
 * with `$` (Kubernetes "Update API Objects in Place Using kubectl patch").
 */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, ownValue, setOwn } from "../../base/json.ts";

/** A patch that means nothing here. */
export class StrategicPatchError extends Error {
  override readonly name = "StrategicPatchError";
}

/**
 * Fields whose lists are merged, with the field that identifies an item; `""` where the items are
 * plain values. From the patch strategies of the types that are served here. Other lists are
 * replaced.
 */
const MERGED_LISTS: ReadonlyMap<string, string> = new Map([
  ["conditions", "type"],
  ["containers", "name"],
  ["env", "name"],
  ["ephemeralContainers", "name"],
  ["finalizers", ""],
  ["hostAliases", "ip"],
  ["imagePullSecrets", "name"],
  ["initContainers", "name"],
  ["ownerReferences", "uid"],
  ["podIPs", "ip"],
  ["ports", "containerPort"],
  ["resourceClaims", "name"],
  ["topologySpreadConstraints", "topologyKey"],
  ["volumeDevices", "devicePath"],
  ["volumeMounts", "mountPath"],
  ["volumes", "name"],
]);

const DELETE_FROM = "$deleteFromPrimitiveList/";
const SET_ORDER = "$setElementOrder/";

/**
 * Applies a patch.
 *
 * @param target Parts of it may be used in the result.
 * @throws {StrategicPatchError} for directives that are unknown or misplaced.
 */
export function applyStrategicMergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  return mergeObject(target, patch) ?? {};
}

/** `undefined` when the patch deletes the object. */
function mergeObject(target: JsonObject, patch: JsonObject): JsonObject | undefined {
  const { $patch: directive, $retainKeys: retained, ...members } = patch;
  if (directive === "delete") return undefined;
  if (directive !== undefined && directive !== "replace" && directive !== "merge") {
    throw new StrategicPatchError(`unknown $patch directive ${JSON.stringify(directive)}`);
  }
  const kept = retained === undefined ? undefined : new Set(listOf(retained, "$retainKeys"));
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(directive === "replace" ? {} : target)) {
    if (kept === undefined || kept.has(key)) setOwn(result, key, value);
  }
  for (const [key, value] of Object.entries(members)) {
    if (!key.startsWith("$")) mergeMember(result, key, value);
  }
  applyListDirectives(result, members);
  return result;
}

function mergeMember(result: JsonObject, key: string, value: unknown): void {
  const merged = value === null ? undefined : mergeValue(key, ownValue(result, key), value);
  if (merged === undefined) delete result[key];
  else setOwn(result, key, merged);
}

function mergeValue(key: string, target: unknown, patch: unknown): unknown {
  if (isJsonObject(patch)) return mergeObject(isJsonObject(target) ? target : {}, patch);
  const mergeKey = MERGED_LISTS.get(key);
  if (!Array.isArray(patch) || mergeKey === undefined) return patch;
  const old = Array.isArray(target) ? target : [];
  if (mergeKey !== "") return mergeItems(old, patch, mergeKey);
  const present = new Set(old);
  return [...old, ...patch.filter((value) => !present.has(value))];
}

function mergeItems(
  target: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): unknown[] {
  const replaces = patch.some((item) => isJsonObject(item) && item["$patch"] === "replace");
  // By identity, in their order; of several target items with one identity the first is merged.
  const indexes = new Map<unknown, number>();
  const result: unknown[] = replaces ? [] : [...target];
  result.forEach((item, i) => {
    const identity = identityOf(item, mergeKey);
    if (identity !== undefined && !indexes.has(identity)) indexes.set(identity, i);
  });
  for (const item of patch) {
    // An item with nothing but `$patch: replace` applies to the whole list.
    if (!isJsonObject(item) || item["$patch"] === "replace") continue;
    const identity = ownValue(item, mergeKey);
    if (identity === undefined) {
      throw new StrategicPatchError(
        `an item of the patch lacks ${mergeKey}, which identifies items of its list`,
      );
    }
    const index = indexes.get(identity) ?? result.length;
    const old = result[index];
    const merged = mergeObject(isJsonObject(old) ? old : {}, item);
    if (merged === undefined) indexes.delete(identity);
    else indexes.set(identity, index);
    // What is deleted leaves a gap, so that the indexes stay.
    if (merged !== undefined || index < result.length) result[index] = merged;
  }
  return result.filter((item) => item !== undefined);
}

function applyListDirectives(result: JsonObject, members: JsonObject): void {
  for (const [key, value] of Object.entries(members)) {
    if (key.startsWith(DELETE_FROM)) {
      const field = key.slice(DELETE_FROM.length);
      const gone = new Set(listOf(value, key));
      const old = ownValue(result, field);
      if (!Array.isArray(old)) continue;
      setOwn(result, field, old.filter((item) => !gone.has(item)));
    }
  }
  for (const [key, value] of Object.entries(members)) {
    if (key.startsWith(SET_ORDER)) {
      setOrder(result, key.slice(SET_ORDER.length), listOf(value, key));
    } else if (key.startsWith("$") && !key.startsWith(DELETE_FROM)) {
      throw new StrategicPatchError(`unknown directive ${key}`);
    }
  }
}

/** Sorts the items that the order names into it; the others follow the one they stood behind. */
function setOrder(result: JsonObject, field: string, order: readonly unknown[]): void {
  const list = ownValue(result, field);
  if (!Array.isArray(list)) return;
  const mergeKey = MERGED_LISTS.get(field) ?? "";
  const ranks = new Map<unknown, number>();
  order.forEach((item, i) => {
    const identity = identityOf(item, mergeKey);
    if (!ranks.has(identity)) ranks.set(identity, i);
  });
  const rankOf = (item: unknown) => ranks.get(identityOf(item, mergeKey));
  const leading: unknown[] = [];
  const named: { readonly rank: number; readonly items: unknown[] }[] = [];
  for (const item of list) {
    const rank = rankOf(item);
    if (rank !== undefined) named.push({ rank, items: [item] });
    else (named.at(-1)?.items ?? leading).push(item);
  }
  const sorted = named.sort((a, b) => a.rank - b.rank).flatMap(({ items }) => items);
  setOwn(result, field, [...leading, ...sorted]);
}

function identityOf(item: unknown, mergeKey: string): unknown {
  if (mergeKey === "") return item;
  return isJsonObject(item) ? ownValue(item, mergeKey) : undefined;
}

function listOf(value: unknown, directive: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new StrategicPatchError(`the value of ${directive} must be a list`);
}
