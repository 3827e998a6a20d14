/** Finds the kinds by their place in the URL. */

import { apiVersionOf } from "../../api/resources.ts";
import { builtinResources } from "./builtin_resources.ts";
import { customResource } from "./custom_resource.ts";
import type { Resource } from "./resource.ts";

/** The kinds that a server serves; they do not change while it runs. */
export class ResourceRegistry {
  readonly #byPath = new Map<string, Resource>();

  /**
   * @param crds CustomResourceDefinition objects.
   * @throws {Error} when one cannot be served, or two serve the same kind.
   */
  constructor(crds: readonly unknown[]) {
    for (const resource of [...builtinResources(), ...crds.map(customResource)]) {
      const path = pathOf(apiVersionOf(resource.type), resource.type.plural);
      if (this.#byPath.has(path)) throw new Error(`Cannot serve ${path} twice`);
      this.#byPath.set(path, resource);
    }
  }

  /** All kinds, built-in ones first. */
  all(): readonly Resource[] {
    return [...this.#byPath.values()];
  }

  /** The kind served under `apiVersion` and `plural`. */
  find(apiVersion: string, plural: string): Resource | undefined {
    return this.#byPath.get(pathOf(apiVersion, plural));
  }

  /** The kind whose objects are in a storage; for shared storages, the one in the stored shape. */
  ofStorage(storage: string): Resource | undefined {
    return this.all().find((resource) => resource.storage === storage);
  }

  /** The kind of the name. */
  findKind(apiVersion: string, kind: string): Resource | undefined {
    return this.all().find(({ type }) => apiVersionOf(type) === apiVersion && type.kind === kind);
  }
}

function pathOf(apiVersion: string, plural: string): string {
  return `${apiVersion}/${plural}`;
}
