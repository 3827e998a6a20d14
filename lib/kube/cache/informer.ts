/** A synced, indexed copy of the objects of one kind. */

import { errorOf, messageOf } from "../../base/errors.ts";
import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import type { Logger } from "../../observe/logger.ts";
import type { Counter, Gauge } from "../../observe/metrics.ts";
import type { ChangeHandler, Informer, StoredObject, WrittenObject } from "../contract.ts";
import { deepFreeze } from "./deep_freeze.ts";
import { IndexedStore, type IndexFunctions } from "./indexed_store.ts";
import { type Change, InformerHandlers } from "./informer_handlers.ts";
import { OBJECTS_MAX } from "./lister.ts";
import { checkMetadata, usableObjectOf } from "./readable_object.ts";
import { Reflector, type ReflectorOptions, type ReflectorTarget } from "./reflector.ts";
import { WrittenObjects } from "./written_objects.ts";

/** What an informer follows, and what it needs from outside. */
export interface InformerOptions<T> extends Omit<ReflectorOptions, "target"> {
  /**
   * What the cache holds for an object; gets it frozen. What does not parse should be part of the
   * result.
   */
  readonly convert: (object: KubeObject) => T;
  /**
   * What the cache holds for an object that cannot be converted; gets what can be used of it, and a
   * sentence. Without it, the cache holds on to the last version that could be converted.
   */
  readonly unreadable?: (object: KubeObject, problem: string) => T;
  /** By index name, the values under which `byIndex` finds an object. */
  readonly indexes?: IndexFunctions<T>;
}

/** Lines about objects that the program's own code failed on. */
const LINES: RateLimit = { perSecond: 0.1, burst: 20 };

/** Makes an informer; nothing is requested before its `run`. */
export function createInformer<T>(options: InformerOptions<T>): Informer<T> {
  return new ReflectedCache(options);
}

class ReflectedCache<T> implements Informer<T>, ReflectorTarget {
  readonly #options: InformerOptions<T>;
  readonly #store: IndexedStore<T>;
  readonly #handlers: InformerHandlers<T>;
  readonly #reflector: Reflector;
  readonly #log: Logger;
  readonly #kind: string;
  readonly #callbackErrors: Counter;
  readonly #firstSync = Promise.withResolvers<void>();
  /** Of all objects seen, also of those that could not be converted. */
  readonly #versions = new Map<string, string>();
  /** Keys of objects whose newest version could not be converted. */
  readonly #unreadable = new Set<string>();
  readonly #unreadableCount: Gauge;
  readonly #lines: TokenBucket;
  readonly #written = new WrittenObjects<T>();
  #synced = false;

  constructor(options: InformerOptions<T>) {
    const { indexes, log, registry, type, clock } = options;
    this.#options = options;
    this.#store = new IndexedStore(indexes);
    this.#kind = type.kind;
    this.#log = log.with({ kind: type.kind });
    this.#callbackErrors = registry.counter({
      name: "informer_callback_errors_total",
      help: "Objects that could not be converted and changes that a handler failed on.",
      labelNames: ["kind", "callback"],
    });
    this.#unreadableCount = registry.gauge({
      name: "informer_unreadable_objects",
      help: "Objects whose newest version cannot be read: their last readable one counts.",
      labelNames: ["kind"],
    });
    this.#unreadableCount.set(0, { kind: this.#kind });
    this.#lines = new TokenBucket(LINES, clock.monotonicMs());
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

  whenAnswered(): Promise<void> {
    return this.whenSynced();
  }

  expect(key: string, written: Promise<WrittenObject<T> | undefined>): void {
    this.#written.expect(key, written);
  }

  known(key: string, resourceVersion: string): Promise<StoredObject | undefined> {
    return this.#written.find(key, resourceVersion);
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

  replaceAll(objects: readonly KubeObject[], isWhole: boolean): void {
    const present = new Set(objects.map(keyOf));
    const gone = isWhole ? [...this.#versions.keys()].filter((key) => !present.has(key)) : [];
    const changes = [
      ...gone.map((key) => this.#drop(key)),
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
    if (!this.#versions.has(key) && this.#versions.size >= OBJECTS_MAX) {
      this.#report("convert", key, new Error(`there are ${OBJECTS_MAX} of them already`));
      return undefined;
    }
    this.#versions.set(key, resourceVersion);
    try {
      checkMetadata(object.metadata);
      const after = deepFreeze(this.#written.take(key, object) ?? this.#convert(object));
      const before = this.#store.set(key, after);
      this.#noteReadable(key, true);
      return { key, before, after };
    } catch (error) {
      this.#report("convert", key, error);
      this.#noteReadable(key, false);
      return this.#holdUnreadable(object, error);
    }
  }

  #convert(object: KubeObject): T {
    return this.#options.convert(deepFreeze(object));
  }

  /** What cannot be read is not absent: a pool that is served must not fall silent for it. */
  #holdUnreadable(object: KubeObject, error: unknown): Change<T> | undefined {
    const key = keyOf(object);
    try {
      const usable = deepFreeze(usableObjectOf(object));
      const after = this.#options.unreadable?.(usable, messageOf(error));
      return after === undefined ? undefined : { key, before: this.#store.set(key, after), after };
    } catch (again) {
      this.#report("convert", key, again);
      return undefined;
    }
  }

  #noteReadable(key: string, isReadable: boolean): void {
    if (isReadable) this.#unreadable.delete(key);
    else this.#unreadable.add(key);
    this.#unreadableCount.set(this.#unreadable.size, { kind: this.#kind });
  }

  #drop(key: string): Change<T> | undefined {
    this.#versions.delete(key);
    this.#written.forget(key);
    this.#noteReadable(key, true);
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
    if (!this.#lines.take(this.#options.clock.monotonicMs())) return;
    this.#log.log("error", "callback of a cache failed", {
      callback,
      key,
      error: errorOf(error),
    });
  }
}
