/** What can be used of an object that cannot be read as a whole. */

import { defined, isJsonObject } from "../../base/json.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../../api/meta.ts";

/** Which object it is and what is to become of it: its `metadata`, as far as it is what it should be. */
export function bareObjectOf({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { ...usableMetadata(metadata), name: metadata.name } };
}

/** @throws {Error} that names a field of `metadata` that is not what everybody expects there. */
export function checkMetadata(metadata: ObjectMeta): void {
  const usable: Readonly<Record<string, unknown>> = usableMetadata(metadata);
  for (const field of Object.keys(USABLE)) {
    const value = metadata[field as keyof ObjectMeta];
    // Null is what some writers send for what is not there.
    if (value !== undefined && value !== null && usable[field] === undefined) {
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

function usableMetadata(metadata: ObjectMeta): Partial<ObjectMeta> {
  return defined(Object.fromEntries(
    Object.entries(USABLE).map(([field, isUsable]) => {
      const value = metadata[field as keyof ObjectMeta];
      return [field, isUsable(value) ? value : undefined];
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
