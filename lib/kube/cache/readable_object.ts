/** What can be used of an object that cannot be read as a whole. */

import { defined, isJsonObject, NESTING_MAX } from "../../base/json.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../../api/meta.ts";

/**
 * The object without what makes it unreadable: fields of `metadata` that are not what they should be,
 * and what nests too deep. The rest stays, because somebody may hold an address by it.
 */
export function usableObjectOf(object: KubeObject): KubeObject {
  const { metadata, ...rest } = object;
  const { apiVersion, kind } = object;
  const { name } = metadata;
  return {
    ...prune(rest, 0) as object,
    ...{ apiVersion, kind, metadata: { ...usableMetadata(metadata), name } },
  };
}

function prune(value: unknown, depth: number): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (depth > DEPTH_MAX) return null;
  if (Array.isArray(value)) return value.map((item) => prune(item, depth + 1));
  const entries = Object.entries(value).map(([name, part]) => [name, prune(part, depth + 1)]);
  return Object.fromEntries(entries);
}

/** Room for what holds it. */
const DEPTH_MAX = NESTING_MAX - 10;

/** @throws {Error} that names a field of `metadata` that is not what everybody expects there. */
export function checkMetadata(metadata: ObjectMeta): void {
  for (const field of USABLE_FIELDS) {
    const value = metadata[field];
    // Null is what some writers send for what is not there.
    if (value !== undefined && value !== null && !USABLE[field](value)) {
      throw new Error(`metadata.${field} is not what it should be`);
    }
  }
}

const USABLE: Readonly<Record<Exclude<keyof ObjectMeta, "name">, (value: unknown) => boolean>> = {
  namespace: isText,
  generateName: isText,
  uid: isText,
  resourceVersion: isText,
  generation: (value) => typeof value === "number",
  creationTimestamp: isText,
  deletionTimestamp: isText,
  finalizers: (value) => Array.isArray(value) && value.every(isText),
  labels: isTextMap,
  annotations: isTextMap,
  ownerReferences: (value) => Array.isArray(value) && value.every(isOwnerReference),
};

const USABLE_FIELDS = Object.keys(USABLE) as (keyof typeof USABLE)[];

function usableMetadata(metadata: ObjectMeta): Partial<ObjectMeta> {
  return defined(Object.fromEntries(
    USABLE_FIELDS.map((field) => {
      const value = metadata[field];
      return [field, USABLE[field](value) ? value : undefined];
    }),
  ));
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isTextMap(value: unknown): value is Readonly<Record<string, string>> {
  return isJsonObject(value) && Object.values(value).every(isText);
}

function isOwnerReference(value: unknown): value is OwnerReference {
  return isJsonObject(value) &&
    ["apiVersion", "kind", "name", "uid"].every((field) => isText(value[field]));
}
