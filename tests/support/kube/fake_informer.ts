/** An informer that a test fills by hand. */

import { keyOf, type KubeObject, type Observed, type Parsed } from "../../../lib/api/meta.ts";
import type { ChangeHandler, Informer } from "../../../lib/kube/contract.ts";

type IndexFunctions<T> = Readonly<Record<string, (object: Observed<T>) => readonly string[]>>;

/** Tells its handlers of the changes that the test makes. */
export class FakeInformer<T> implements Informer<Observed<T>> {
  readonly #parse: (object: KubeObject) => Parsed<T>;
  readonly #indexes: IndexFunctions<T>;
  readonly #objects = new Map<string, Observed<T>>();
  readonly #handlers: ChangeHandler<Observed<T>>[] = [];
  readonly #refused = Promise.withResolvers<void>();
  readonly #firstSync = Promise.withResolvers<void>();
  synced = false;

  constructor(parse: (object: KubeObject) => Parsed<T>, indexes: IndexFunctions<T> = {}) {
    this.#parse = parse;
    this.#indexes = indexes;
  }

  /** Adds the object, or replaces an older version. */
  put(object: KubeObject): void {
    const after = { object, parsed: this.#parse(object) };
    this.#tell(keyOf(object), after);
  }

  /** Removes an object. */
  remove(key: string): void {
    this.#tell(key, undefined);
  }

  /** Completes the first list. */
  sync(): void {
    this.synced = true;
    this.#firstSync.resolve();
  }

  /** Ends the informer before its first list is complete. */
  fail(error: Error): void {
    this.#firstSync.reject(error);
  }

  get(key: string): Observed<T> | undefined {
    return this.#objects.get(key);
  }

  list(): readonly Observed<T>[] {
    return [...this.#objects.values()];
  }

  byIndex(index: string, value: string): readonly Observed<T>[] {
    return this.list().filter((object) => this.#indexes[index]?.(object).includes(value));
  }

  onChange(handler: ChangeHandler<Observed<T>>): void {
    this.#handlers.push(handler);
  }

  whenSynced(): Promise<void> {
    return this.#firstSync.promise;
  }

  /** Everything is read here. */
  expect(): void {}

  /** Lets the server refuse the kind. */
  refuse(): void {
    this.#refused.resolve();
  }

  whenAnswered(): Promise<void> {
    return Promise.race([this.whenSynced(), this.#refused.promise]);
  }

  run(): Promise<void> {
    return Promise.resolve();
  }

  #tell(key: string, after: Observed<T> | undefined): void {
    const before = this.#objects.get(key);
    if (after === undefined) this.#objects.delete(key);
    else this.#objects.set(key, after);
    for (const handler of this.#handlers) handler(key, before, after);
  }
}
