/** Takes parts out of large objects, in the shape that they have there. */

import { isJsonObject, type JsonObject, present } from "../../base/json.ts";
import type { KubeObject, ObjectMeta } from "../meta.ts";

/** The extract of JSON that has the shape of an object; anything else as it is, for its parser to refuse. */
export function extractOf(raw: unknown, extract: (object: KubeObject) => KubeObject): unknown {
  if (!isJsonObject(raw) || !isJsonObject(raw["metadata"])) return raw;
  return extract(raw as unknown as KubeObject);
}

/** What names an object and its version, its owners, and the annotations that begin with one of these. */
export function extractMetadata(
  metadata: ObjectMeta,
  annotationPrefixes: readonly string[],
): ObjectMeta {
  const { name, namespace, uid, resourceVersion, deletionTimestamp, ownerReferences } = metadata;
  const annotations: unknown = metadata.annotations;
  const kept = !isJsonObject(annotations) ? annotations ?? undefined : selected(
    annotations,
    (key) => annotationPrefixes.some((prefix) => key.startsWith(prefix)),
  );
  const fields = { namespace, uid, resourceVersion, deletionTimestamp, ownerReferences };
  return { name, ...present({ ...fields, annotations: kept }) };
}

/** A field and what is extracted of it; nothing when it is absent, and all of it when it is no object. */
export function fieldOf(
  object: JsonObject,
  key: string,
  extract: (value: JsonObject) => JsonObject,
): JsonObject {
  const value = object[key];
  return present({ [key]: isJsonObject(value) ? extract(value) : value });
}

/** A list with some fields of each item; whatever else stands there as it is. */
export function itemsOf(object: JsonObject, key: string, fields: readonly string[]): JsonObject {
  const value = object[key];
  if (!Array.isArray(value)) return present({ [key]: value });
  const extract = (item: unknown) =>
    isJsonObject(item) ? present(selected(item, (field) => fields.includes(field))) : item;
  return { [key]: value.map(extract) };
}

function selected(object: JsonObject, isKept: (key: string) => boolean): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([key]) => isKept(key)));
}
