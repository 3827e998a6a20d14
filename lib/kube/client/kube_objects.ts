/** Checks at the door: what came as JSON and what is an object of Kubernetes. */

import { asJsonObject } from "../../base/json.ts";
import { apiVersionOf } from "../../api/resources.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import type { KubeList } from "../contract.ts";

/**
 * The value as an object of the kind. Items of built-in lists carry no `apiVersion` and no `kind`:
 * they are filled in.
 *
 * @throws {Error} when it has no `metadata.name`, so that nothing nameless gets further.
 */
export function asKubeObject(value: unknown, type: ResourceType): KubeObject {
  const object = asJsonObject(value);
  const metadata = asJsonObject(object?.["metadata"]);
  const name = metadata?.["name"];
  if (object === undefined || metadata === undefined || typeof name !== "string" || name === "") {
    throw new Error(`the API server sent something without metadata.name for ${type.kind}`);
  }
  const { apiVersion = apiVersionOf(type), kind = type.kind } = object;
  return {
    ...object,
    apiVersion: String(apiVersion),
    kind: String(kind),
    metadata: { ...metadata, name },
  };
}

/**
 * The value as a list of the kind.
 *
 * @throws {Error} when it is no list.
 */
export function asKubeList(value: unknown, type: ResourceType): KubeList {
  const list = asJsonObject(value);
  const metadata = asJsonObject(list?.["metadata"]);
  const items = list?.["items"] ?? [];
  const resourceVersion = metadata?.["resourceVersion"];
  if (!Array.isArray(items) || typeof resourceVersion !== "string") {
    throw new Error(`the API server sent something that is no list of ${type.plural}`);
  }
  const token = metadata?.["continue"];
  return {
    resourceVersion,
    continue: typeof token === "string" ? token : "",
    items: items.map((item) => asKubeObject(item, type)),
  };
}
