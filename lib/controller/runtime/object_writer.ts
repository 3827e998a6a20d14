/** Writes of a controller to the objects of one kind, each over the version it was planned from. */

import { defined, isJsonEqual, type JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import { withoutManagedFields } from "../../api/object_meta.ts";
import {
  keyOf,
  type KubeObject,
  type NamespacedName,
  namespacedNameOf,
  type Observed,
  type ResourceType,
} from "../../api/meta.ts";
import {
  type EventRecorder,
  isStatus,
  type KubeClient,
  type WriteOptions,
} from "../../kube/contract.ts";
import { TerminalError } from "./control_loop.ts";
import type { Change, FreshCache, Watched } from "./fresh_cache.ts";

/** Rounds after which a reconcile gives up and comes back with a delay. */
const ATTEMPTS_MAX = 5;

/** What a round of {@link ObjectWriter.settle} did. */
export type RoundResult = "settled" | "written";

/** Writes objects of one kind for one controller, which is to ignore the changes that it made itself. */
export class ObjectWriter<T> implements Watched<Change<T>> {
  /** By key, what the last write made. */
  readonly #written = new Map<string, KubeObject>();
  /** By key, the end of the write that is under way. */
  readonly #underWay = new Map<string, Promise<void>>();

  constructor(
    readonly client: KubeClient,
    readonly type: ResourceType,
    readonly cache: FreshCache<T>,
    readonly recorder: EventRecorder,
    /** What the cache keeps of an object, where that is not all of it. */
    readonly extract: (object: KubeObject) => KubeObject = (object) => object,
  ) {
    cache.onChange(({ key, after }) => {
      if (after === undefined) this.#written.delete(key);
    });
  }

  whenSynced(): Promise<void> {
    return this.cache.whenSynced();
  }

  /**
   * The watch is often faster than the answer, which says whose version it brings. So what comes during a
   * write is told at its end.
   */
  onChange(handler: (change: Change<T>) => void): void {
    this.cache.onChange((change) => {
      const { key, after } = change;
      const tell = () => {
        const isOwnWrite = after !== undefined && isStoredAs(after.object, this.#written.get(key));
        handler({ ...change, isOwnWrite });
      };
      const write = this.#underWay.get(key);
      if (write === undefined || after === undefined) tell();
      else void write.then(tell);
    });
  }

  /** Writes `/status`. */
  async putStatus(object: KubeObject, status: JsonObject, signal: AbortSignal): Promise<void> {
    const sent = { ...object, status };
    let sentChars = 0;
    const written = this.client.replace(this.type, sent, {
      subresource: "status",
      answer: "metadata",
      onLength: (chars) => (sentChars = chars),
      signal,
    }).then(({ metadata }) => {
      const value = this.#keep({ ...sent, metadata });
      const chars = sentChars - textLengthOf(sent.metadata) + textLengthOf(metadata);
      return value && { object: value.object, value, chars };
    });
    this.cache.expect(keyOf(object), written);
    await this.#during(object, written);
  }

  /** Writes fields of `metadata`. */
  async patchMetadata(
    object: KubeObject,
    metadata: JsonObject,
    signal: AbortSignal,
  ): Promise<void> {
    const options = { answer: "metadata", signal } as const;
    const patched = this.#patch(object, { metadata }, options);
    await this.#during(
      object,
      patched.then((answer) => this.#keep({ ...object, metadata: answer.metadata })),
    );
  }

  /** Creates an object. @throws {StatusError} 409 when there is one of that name. */
  async create(object: KubeObject, signal: AbortSignal): Promise<KubeObject> {
    const created = await this.client.create(this.type, object, { signal });
    this.#keep(created);
    return created;
  }

  /** Writes fields of any part but `/status`. */
  async patch(object: KubeObject, patch: JsonObject, signal: AbortSignal): Promise<void> {
    const patched = this.#patch(object, patch, { signal });
    await this.#during(object, patched.then((answer) => this.#keep(answer)));
  }

  /** Writes the whole object but `/status`. @throws {StatusError} 409 when it has changed since. */
  async replace(object: KubeObject, signal: AbortSignal): Promise<void> {
    this.#keep(await this.client.replace(this.type, object, { signal }));
  }

  /**
   * Deletes this version of the object, or any version of it when it has none.
   *
   * @throws {StatusError} 409 when it has changed since.
   */
  async delete(object: Pick<KubeObject, "metadata">, signal: AbortSignal): Promise<void> {
    const { uid, resourceVersion } = object.metadata;
    const preconditions = defined({ uid, resourceVersion });
    await this.client.delete(this.type, namespacedNameOf(object), { signal, preconditions });
  }

  /** Reads from the server, also what the cache does not follow. @returns Nothing when it is gone. */
  async read(name: NamespacedName, signal: AbortSignal): Promise<KubeObject | undefined> {
    try {
      const object = await this.client.get(this.type, name, signal);
      this.cache.keepRead(this.extract(object));
      return object;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  /** Tells users of an object. */
  record(object: KubeObject, notes: readonly Note[]): void {
    const { apiVersion, kind, metadata } = object;
    for (const note of notes) {
      this.recorder.record({ regarding: { apiVersion, kind, metadata }, ...note });
    }
  }

  /**
   * Plans and writes until nothing is left to write. After a conflict the object is read from the
   * server before the next round; an object that is gone meanwhile needs nothing any more.
   *
   * @param round Plans from the cache and writes at most once to the object.
   * @throws {StatusError} of the last conflict when they do not end.
   * @throws {Error} when every round had something to write.
   * @throws {TerminalError} when the server calls what is written invalid or too large: the same
   * would be refused again.
   */
  async settle(
    key: string,
    round: () => Promise<RoundResult>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt++) {
      try {
        if (await round() === "settled") return;
      } catch (error) {
        if (isStatus(error, 404)) return;
        if (isStatus(error, 413, 422)) {
          throw new TerminalError(`the API server refuses the object: ${error.message}`, error);
        }
        if (!isStatus(error, 409) || attempt === ATTEMPTS_MAX || signal.aborted) throw error;
        if (!await this.#refresh(key, signal)) return;
      }
    }
    const rounds = `each of ${ATTEMPTS_MAX} rounds had something to write`;
    throw new Error(`${this.type.kind} ${key} does not come to rest: ${rounds}`);
  }

  /** Waits for a write, its result kept. */
  async #during(object: KubeObject, write: Promise<unknown>): Promise<void> {
    const key = keyOf(object);
    const end = write.then(() => {}, () => {});
    this.#underWay.set(key, end);
    try {
      await write;
    } finally {
      if (this.#underWay.get(key) === end) this.#underWay.delete(key);
    }
  }

  #patch(object: KubeObject, patch: JsonObject, options: WriteOptions): Promise<KubeObject> {
    const { resourceVersion } = object.metadata;
    const metadata = { ...patch.metadata as JsonObject | undefined, resourceVersion };
    const name = namespacedNameOf(object);
    return this.client.mergePatch(this.type, name, { ...patch, metadata }, options);
  }

  /** Every write names the version that it was planned from, so that nothing else has changed. */
  #keep(stored: KubeObject): Observed<T> | undefined {
    const object = this.extract(withoutManagedFields(stored));
    const kept = this.cache.keepWritten(object);
    if (kept !== undefined) this.#written.set(keyOf(object), object);
    return kept;
  }

  async #refresh(key: string, signal: AbortSignal): Promise<boolean> {
    const observed = this.cache.get(key);
    if (observed === undefined) return false;
    try {
      const name = namespacedNameOf(observed.object);
      const object = await this.client.get(this.type, name, signal);
      // A new object of the same name is the next reconcile's business.
      if (object.metadata.uid !== observed.object.metadata.uid) return false;
      if (keyOf(object) === key) this.cache.keepRead(this.extract(object));
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }
}

/**
 * Whether this version is what a write made, and holds what was sent: a server may have dropped fields
 * that its definition does not know, which is news.
 */
function isStoredAs(object: KubeObject, written: KubeObject | undefined): boolean {
  if (written === undefined || object === written) return written !== undefined;
  const { metadata: { resourceVersion }, ...rest } = object;
  const { metadata, ...sent } = written;
  return metadata.resourceVersion === resourceVersion && isJsonEqual(rest, sent);
}

function textLengthOf(value: object): number {
  return JSON.stringify(value).length;
}
