/** Objects of any kind as an API server keeps them. */

import type { KubeObject, NamespacedName, ResourceType } from "../../../lib/api/meta.ts";
import { StatusError } from "../../../lib/kube/contract.ts";

/** Some objects, and a client that reads and writes them. */
export class ObjectStore {
  readonly #objects = new Map<string, KubeObject>();
  #version = 0;
  writes = 0;
  /** What happens before a write of a client. */
  before: (type: ResourceType) => void = () => {};
  /** What is stored instead of an object. */
  admit: (object: KubeObject) => KubeObject = (object) => object;

  readonly client = {
    get: (type: ResourceType, name: NamespacedName) => Promise.try(() => this.get(type, name)),
    create: (type: ResourceType, object: KubeObject) =>
      Promise.try(() => {
        this.before(type);
        if (this.#objects.has(keyOf(type, object.metadata))) throw statusError(409);
        return this.put(type, object);
      }),
    replace: (type: ResourceType, object: KubeObject) =>
      Promise.try(() => {
        this.before(type);
        const { namespace = "", name, resourceVersion } = object.metadata;
        const stored = this.get(type, { namespace, name });
        if (resourceVersion !== stored.metadata.resourceVersion) throw statusError(409);
        return this.put(type, object);
      }),
  };

  /** @throws {StatusError} 404 when there is none. */
  get(type: ResourceType, name: NamespacedName): KubeObject {
    const stored = this.#objects.get(keyOf(type, name));
    if (stored === undefined) throw statusError(404);
    return stored;
  }

  delete(type: ResourceType, name: NamespacedName): void {
    this.#objects.delete(keyOf(type, name));
  }

  put(type: ResourceType, object: KubeObject): KubeObject {
    this.writes++;
    const metadata = { ...object.metadata, resourceVersion: `${++this.#version}` };
    const stored = structuredClone({ ...this.admit(object), metadata });
    this.#objects.set(keyOf(type, metadata), stored);
    return stored;
  }
}

function keyOf(
  type: ResourceType,
  { namespace = "", name }: { readonly namespace?: string; readonly name: string },
): string {
  return `${type.plural} ${namespace}/${name}`;
}

export function statusError(code: number): StatusError {
  return new StatusError(code, "", `status ${code}`);
}
