/** Writes the objects of manifests over what is there, and finds what is there. */

import { isJsonEqual, type JsonObject } from "../base/json.ts";
import {
  formatNamespacedName,
  type KubeObject,
  namespacedNameOf,
  type ResourceType,
} from "../api/meta.ts";
import { isStatus, type KubeClient, type WriteOptions } from "../kube/contract.ts";
import { withFilledIn } from "./filled_in.ts";
import type { ManifestObject } from "./manifest_documents.ts";

/** Others may change an object between our read and our write; then both are done again. */
const ATTEMPTS_MAX = 5;

/** Objects on a page of a list. */
const PAGE_OBJECTS = 500;

/** All objects of a kind, page by page. */
export async function* listAll(
  client: KubeClient,
  type: ResourceType,
  options: { readonly labelSelector?: string; readonly signal: AbortSignal },
): AsyncGenerator<KubeObject> {
  for (let token = "", isFirst = true; isFirst || token !== ""; isFirst = false) {
    const page = await client.list(type, {
      ...options,
      limit: PAGE_OBJECTS,
      ...(isFirst ? {} : { continue: token }),
    });
    yield* page.items;
    token = page.continue;
  }
}

/** The objects of all kinds that the manifests have, by name: one list for each kind. */
export async function presentOf(
  client: KubeClient,
  objects: readonly ManifestObject[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, KubeObject>> {
  const present = new Map<string, KubeObject>();
  for (const type of new Set(objects.map((object) => object.type))) {
    for await (const object of listAll(client, type, { signal })) {
      present.set(describe({ type, name: namespacedNameOf(object) }), object);
    }
  }
  return present;
}

/** Creates an object, or replaces the one that is there unless it is the same. */
export async function send(
  client: KubeClient,
  wanted: ManifestObject,
  known: KubeObject | undefined,
  options: WriteOptions,
): Promise<"unchanged" | "changed"> {
  let present = known;
  for (let attempt = 1;; attempt++) {
    try {
      if (present === undefined) {
        await client.create(wanted.type, wanted.object, options);
        return "changed";
      }
      const merged = merge(present, wanted.object);
      if (isSame(merged, present)) return "unchanged";
      const replaced = await client.replace(wanted.type, merged, options);
      return isSame(replaced, present) ? "unchanged" : "changed";
    } catch (error) {
      const raced = isStatus(error, 404, 409);
      if (!raced || attempt === ATTEMPTS_MAX) throw error;
      present = await find(client, wanted);
    }
  }
}

/** Whether two versions differ in nothing that a manifest can say. */
function isSame(one: KubeObject, other: KubeObject): boolean {
  return isJsonEqual(declared(one), declared(other));
}

function declared(object: KubeObject): JsonObject {
  const { status: _status, metadata, ...rest } = object;
  const { resourceVersion: _version, generation: _generation, ...kept } = metadata;
  return { ...rest, metadata: kept } as unknown as JsonObject;
}

/** The object that is there under the name of a wanted one. */
export async function find(
  client: KubeClient,
  wanted: ManifestObject,
): Promise<KubeObject | undefined> {
  try {
    return await client.get(wanted.type, wanted.name);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** The wanted object with the identity, the finalizers and what was filled in of the one that is there. */
function merge(present: KubeObject, wanted: KubeObject): KubeObject {
  const { labels, annotations } = wanted.metadata;
  return {
    ...withFilledIn(wanted, present),
    metadata: {
      ...present.metadata,
      ...labels && { labels: { ...present.metadata.labels, ...labels } },
      ...annotations && { annotations: { ...present.metadata.annotations, ...annotations } },
    },
  };
}

/** Kind and name, as messages have them. */
export function describe({ type, name }: Pick<ManifestObject, "type" | "name">): string {
  return `${type.kind} ${formatNamespacedName(name)}`;
}
