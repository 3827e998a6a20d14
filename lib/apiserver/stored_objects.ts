/** What rules of admission may ask of the store. */

import type { KubeObject, NamespacedName, ResourceType } from "../api/meta.ts";
import { apiVersionOf } from "../api/resources.ts";
import type { ResourceRegistry } from "./kinds/resource_registry.ts";
import { type ObjectStore, parseStored } from "./store/object_store.ts";

/** The objects as they are at this moment, what is written in the same transaction included. */
export interface StoredObjects {
  get(type: ResourceType, name: NamespacedName): KubeObject | undefined;
  list(type: ResourceType): readonly KubeObject[];
  /** A number that is another one once an object of the kind was written or removed. */
  versionOf(type: ResourceType): number;
}

/** Looks at a store. Nothing is stored of a kind that is not served. */
export function storedObjectsOf(registry: ResourceRegistry, store: ObjectStore): StoredObjects {
  function storageOf(type: ResourceType): string {
    return registry.find(apiVersionOf(type), type.plural)?.storage ?? "";
  }
  return {
    get(type, { namespace, name }) {
      const text = store.get({ storage: storageOf(type), namespace, name });
      return text === undefined ? undefined : parseStored(text);
    },
    list: (type) => store.list({ storage: storageOf(type) }).map(parseStored),
    versionOf: (type) => store.versions.of(storageOf(type)),
  };
}
