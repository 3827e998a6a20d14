/** A cache that never shows an object older than what this process itself wrote or read. */

import { keyOf, type KubeObject, type Observed, type Parsed } from "../../api/meta.ts";
import type { Informer, StatusError, WrittenObject } from "../../kube/contract.ts";

/** A change of one object, as a controller sees it. */
export interface Change<T> {
  /** `namespace/name`. */
  readonly key: string;
  readonly before: Observed<T> | undefined;
  readonly after: Observed<T> | undefined;
  /** Whether `after` is what the controller itself wrote last. */
  readonly isOwnWrite: boolean;
}

/** Objects of one kind whose changes a controller follows. */
export interface Watched<C> {
  whenSynced(): Promise<void>;
  onChange(handler: (change: C) => void): void;
}

/**
 * Reads through an informer. An answer of the server is kept until the watch brings it or something
 * newer, so that the next reconcile does not decide on a state from before the last write.
 */
export class FreshCache<T> implements Watched<Change<T>> {
  readonly #informer: Informer<Observed<T>>;
  readonly #parse: (raw: unknown) => Parsed<T>;
  readonly #ahead = new Map<string, Observed<T>>();
  /** UIDs of objects that a write let go, until the watch tells that they are gone. */
  readonly #gone = new Map<string, string | undefined>();
  readonly #listeners: ((key: string) => void)[] = [];

  constructor(informer: Informer<Observed<T>>, parse: (raw: unknown) => Parsed<T>) {
    this.#informer = informer;
    this.#parse = parse;
    informer.onChange((key, _before, after) => {
      if (after !== undefined) return;
      this.#ahead.delete(key);
      this.#gone.delete(key);
    });
    informer.onChange((key) => this.#tell(key));
  }

  get(key: string): Observed<T> | undefined {
    const cached = this.#informer.get(key);
    return cached === undefined ? undefined : this.#newest(cached)[0];
  }

  byIndex(index: string, value: string): readonly Observed<T>[] {
    return this.#informer.byIndex(index, value).flatMap((cached) => this.#newest(cached));
  }

  /** Like {@link byIndex}, of what the watch has brought: all of it as of one time. */
  watchedByIndex(index: string, value: string): readonly Observed<T>[] {
    return this.#informer.byIndex(index, value);
  }

  /** Keeps what the server answered to a read. */
  keepRead(object: KubeObject): Observed<T> {
    const cached = this.#informer.get(keyOf(object));
    // The watch was faster, and has told everybody.
    if (cached !== undefined && isSameVersion(cached.object, object)) return cached;
    const read = { object, parsed: this.#parse(object) };
    this.#ahead.set(keyOf(object), read);
    this.#tell(keyOf(object));
    return read;
  }

  /** Tells of a write that begins now: the version that it makes is not read again. */
  expect(key: string, written: Promise<WrittenObject<Observed<T>> | undefined>): void {
    this.#informer.expect(key, written);
  }

  /**
   * Keeps what a write of this process made of an object.
   *
   * @returns `undefined` when the object is gone: the write may have taken its last finalizer.
   */
  keepWritten(object: KubeObject): Observed<T> | undefined {
    const { deletionTimestamp, finalizers = [], uid } = object.metadata;
    const key = keyOf(object);
    if (deletionTimestamp !== undefined && finalizers.length === 0) {
      // Unless the watch has told so already.
      if (this.#informer.get(key)?.object.metadata.uid === uid) this.#gone.set(key, uid);
      this.#tell(key);
      return undefined;
    }
    return this.keepRead(object);
  }

  whenSynced(): Promise<void> {
    return this.#informer.whenSynced();
  }

  /** Like {@link whenSynced}, and also when the server refused a kind that is optional. */
  whenAnswered(): Promise<void> {
    return this.#informer.whenAnswered();
  }

  /** What the server said when it refused a kind that is optional, until it gives it. */
  get refusal(): StatusError | undefined {
    return this.#informer.refusal;
  }

  onChange(handler: (change: Change<T>) => void): void {
    this.#informer.onChange((key, before, after) =>
      handler({ key, before, after, isOwnWrite: false })
    );
  }

  /** Calls back whenever {@link get} may give something else for a key, be it by a watch or by an answer. */
  onNewest(handler: (key: string) => void): void {
    this.#listeners.push(handler);
  }

  #tell(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }

  /** The newest state that is known of an object; none when it is known to be gone. */
  #newest(cached: Observed<T>): readonly Observed<T>[] {
    const key = keyOf(cached.object);
    if (this.#gone.has(key) && this.#gone.get(key) === cached.object.metadata.uid) return [];
    const ahead = this.#ahead.get(key);
    if (ahead === undefined) return [cached];
    if (isAhead(ahead.object, cached.object)) return [ahead];
    this.#ahead.delete(key);
    return [cached];
  }
}

/** Whether both are one version of one object. */
export function isSameVersion({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.resourceVersion !== undefined && a.resourceVersion === b.resourceVersion &&
    a.uid === b.uid;
}

/**
 * Whether `a` is a newer version of the same object than `b`. Versions are compared as numbers,
 * which they are with every API server; with one where they are not, the cache is believed, and a
 * decision on an old state ends in a conflict.
 */
function isAhead({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  const versions = [a.resourceVersion ?? "", b.resourceVersion ?? ""];
  if (a.uid !== b.uid || !versions.every((version) => /^\d+$/.test(version))) return false;
  return BigInt(versions[0]!) > BigInt(versions[1]!);
}
