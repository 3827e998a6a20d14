/** A synced, indexed copy of the objects of one kind. */

import { errorOf } from "../../base/errors.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter } from "../../observe/metrics.ts";
import type { ChangeHandler, Informer } from "../contract.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { IndexedStore, type IndexFunctions } from "./indexed_store.ts";
import { type Change, InformerHandlers } from "./informer_handlers.ts";
import { Reflector, type ReflectorOptions, type ReflectorTarget } from "./reflector.ts";

/** What an informer follows, and what it needs from outside. */
export interface InformerOptions<T> extends Omit<ReflectorOptions, "target"> {
  /**
   * What the cache holds for an object; gets it frozen and without `managedFields`. What does not
   * parse should be part of the result: when this throws, the object is missing from the cache.
   */
  readonly convert: (object: KubeObject) => T;
  /** By index name, the values under which `byIndex` finds an object. */
  readonly indexes?: IndexFunctions<T>;
}

/** Makes an informer; nothing is requested before its `run`. */
export function createInformer<T>(options: InformerOptions<T>): Informer<T> {
  return new ReflectedCache(options);
}

class ReflectedCache<T> implements Informer<T>, ReflectorTarget {
  readonly #convert: (object: KubeObject) => T;
  readonly #store: IndexedStore<T>;
  readonly #handlers: InformerHandlers<T>;
  readonly #reflector: Reflector;
  readonly #log: Logger;
  readonly #kind: string;
  readonly #callbackErrors: Counter;
  readonly #firstSync = Promise.withResolvers<void>();
  /** Of all objects seen, also of those that could not be converted. */
  readonly #versions = new Map<string, string>();
  #synced = false;

  constructor(options: InformerOptions<T>) {
    const { convert, indexes, log, registry, type } = options;
    this.#convert = convert;
    this.#store = new IndexedStore(indexes);
    this.#kind = type.kind;
    this.#log = log.with({ kind: type.kind });
    this.#callbackErrors = registry.counter({
      name: "informer_callback_errors_total",
      help: "Objects that could not be converted and changes that a handler failed on.",
      labelNames: ["kind", "callback"],
    });
    this.#handlers = new InformerHandlers({
      ...options,
      current: (key) => this.#store.get(key),
      onError: (key, error) => this.#report("handler", key, error),
    });
    this.#reflector = new Reflector({ ...options, target: this });
    // Callers need not wait for the first sync.
    this.#firstSync.promise.catch(() => undefined);
  }

  get synced(): boolean {
    return this.#synced;
  }

  get(key: string): T | undefined {
    return this.#store.get(key);
  }

  list(): readonly T[] {
    return this.#store.list();
  }

  byIndex(index: string, value: string): readonly T[] {
    return this.#store.byIndex(index, value);
  }

  onChange(handler: ChangeHandler<T>): void {
    this.#handlers.add(handler);
  }

  whenSynced(): Promise<void> {
    return this.#firstSync.promise;
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.#reflector.run(signal), this.#handlers.run(signal)]);
    this.#firstSync.reject(
      new Error(`stopped before the cache of ${this.#kind} was synced`, { cause: signal.reason }),
    );
  }

  get versions(): ReadonlyMap<string, string> {
    return this.#versions;
  }

  replaceAll(objects: readonly KubeObject[]): void {
    const present = new Set(objects.map(keyOf));
    const changes = [
      ...[...this.#versions.keys()].flatMap((key) => present.has(key) ? [] : [this.#drop(key)]),
      ...objects.map((object) => this.#hold(object)),
    ];
    this.#synced = true;
    this.#tell(changes);
    this.#firstSync.resolve();
  }

  put(object: KubeObject): void {
    this.#tell([this.#hold(object)]);
  }

  remove(object: KubeObject): void {
    this.#tell([this.#drop(keyOf(object))]);
  }

  #hold(object: KubeObject): Change<T> | undefined {
    const key = keyOf(object);
    const { resourceVersion = "" } = object.metadata;
    if (resourceVersion !== "" && this.#versions.get(key) === resourceVersion) return undefined;
    this.#versions.set(key, resourceVersion);
    try {
      const after = deepFreeze(this.#convert(deepFreeze(withoutManagedFields(object))));
      return { key, before: this.#store.set(key, after), after };
    } catch (error) {
      // One object must not keep the cache from all others; its old state would be a lie.
      this.#report("convert", key, error);
      return this.#forget(key);
    }
  }

  #drop(key: string): Change<T> | undefined {
    this.#versions.delete(key);
    return this.#forget(key);
  }

  #forget(key: string): Change<T> | undefined {
    const before = this.#store.delete(key);
    return before === undefined ? undefined : { key, before, after: undefined };
  }

  /** Called when the cache holds all of the changes. */
  #tell(changes: readonly (Change<T> | undefined)[]): void {
    for (const change of changes) {
      if (change !== undefined) this.#handlers.tell(change);
    }
  }

  #report(callback: "convert" | "handler", key: string, error: unknown): void {
    this.#callbackErrors.inc({ kind: this.#kind, callback });
    this.#log.log("error", "callback of a cache failed", {
      callback,
      key,
      error: errorOf(error),
    });
  }
}

/**
 * `managedFields` is large and of no use to a reader. Left out, not deleted: an object that a
 * property was deleted from takes several times the memory.
 */
function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata }: ManagedMeta = object.metadata;
  return { ...object, metadata };
}

type ManagedMeta = KubeObject["metadata"] & { readonly managedFields?: unknown };
