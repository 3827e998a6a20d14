/** Checks at the door: what came as JSON and what is an object of Kubernetes. */

import { asJsonObject, type JsonObject } from "../../base/json.ts";
import { withoutManagedFields } from "../../api/object_meta.ts";
import { apiVersionOf } from "../../api/resources.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import type { Extract, KubeList } from "../contract.ts";
import type { TextPool } from "./text_pool.ts";

/** Longest name and namespace of an object (RFC 1123 subdomain), and version with room to spare. */
const NAME_CHARS_MAX = 253;
const VERSION_CHARS_MAX = 128;

/** Tokens hold a key and a version in Base64. */
const TOKEN_CHARS_MAX = 8192;

/**
 * The value as an object of the kind. Items of built-in lists carry no `apiVersion` and no `kind`:
 * they are filled in.
 *
 * @throws {Error} when it has no `metadata.name`, so that nothing nameless gets further.
 */
export function asKubeObject(value: unknown, type: ResourceType): KubeObject {
  const object = kubeObjectOf(value, type);
  if (object !== undefined) return object;
  throw new Error(`the API server sent something without metadata.name for ${type.kind}`);
}

/**
 * Like {@link asKubeObject}; `undefined` when it cannot be told which object it is, and which version.
 *
 * @param extract Makes of it what is kept. An object that it throws on stays whole, so that its reader says
 * what is wrong with it.
 */
export function kubeObjectOf(
  value: unknown,
  type: ResourceType,
  extract: Extract = (object) => object,
): KubeObject | undefined {
  const object = asJsonObject(value);
  const metadata = asJsonObject(object?.["metadata"]);
  if (object === undefined || metadata === undefined) return undefined;
  const { name, namespace = "", resourceVersion = "" } = metadata;
  if (!isTextUpTo(NAME_CHARS_MAX, name) || name === "") return undefined;
  if (!isTextUpTo(NAME_CHARS_MAX, namespace)) return undefined;
  if (!isTextUpTo(VERSION_CHARS_MAX, resourceVersion)) return undefined;
  const { apiVersion = apiVersionOf(type), kind = type.kind } = object;
  const whole = {
    ...object,
    apiVersion: String(apiVersion),
    kind: String(kind),
    metadata: { ...metadata, name },
  };
  try {
    return extract(whole);
  } catch {
    return whole;
  }
}

/** Makes of an object what is kept of it, with the texts that it has in common with others. */
export function keptOf(extract: Extract = withoutManagedFields, texts: TextPool): Extract {
  return (object) => texts.share(extract(object));
}

/**
 * The metadata of an answer, which may be the whole object or no more than asked for.
 *
 * @throws {Error} like {@link asKubeObject}.
 */
export function metadataOf(value: unknown, type: ResourceType): KubeObject {
  const { metadata } = asKubeObject(value, type);
  return { apiVersion: apiVersionOf(type), kind: type.kind, metadata };
}

/** A version as a list or a bookmark has it: `undefined` when it is none that could be asked for. */
export function versionOf(metadata: JsonObject | undefined): string | undefined {
  const version = metadata?.["resourceVersion"];
  return isTextUpTo(VERSION_CHARS_MAX, version) ? version : undefined;
}

function isTextUpTo(chars: number, value: unknown): value is string {
  return typeof value === "string" && value.length <= chars;
}

/**
 * The value as a list of the kind.
 *
 * @param extract Makes of each object what is kept of it.
 * @throws {Error} when it is no list.
 */
export function asKubeList(
  value: unknown,
  type: ResourceType,
  extract: Extract,
): KubeList {
  const list = asJsonObject(value);
  const metadata = asJsonObject(list?.["metadata"]);
  const values = list?.["items"] ?? [];
  const resourceVersion = versionOf(metadata);
  const token = metadata?.["continue"] ?? "";
  if (
    !Array.isArray(values) || resourceVersion === undefined || !isTextUpTo(TOKEN_CHARS_MAX, token)
  ) {
    throw new Error(`the API server sent something that is no list of ${type.plural}`);
  }
  const items = values.map((item) => kubeObjectOf(item, type, extract))
    .filter((item) => item !== undefined);
  return { resourceVersion, continue: token, items, nameless: values.length - items.length };
}
