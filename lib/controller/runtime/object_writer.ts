/** Writes of a controller to the objects of one kind, each over the version it was planned from. */

import type { JsonObject } from "../../base/json.ts";
import type { Note } from "../../api/event_note.ts";
import { keyOf, type KubeObject, namespacedNameOf, type ResourceType } from "../../api/meta.ts";
import { type EventRecorder, isStatus, type KubeClient } from "../../kube/contract.ts";
import { TerminalError } from "./control_loop.ts";
import type { Change, FreshCache, Watched } from "./fresh_cache.ts";

/** Rounds after which a reconcile gives up and comes back with a delay. */
const ATTEMPTS_MAX = 5;

/** What a round of {@link ObjectWriter.settle} did. */
export type RoundResult = "settled" | "written";

/** Writes objects of one kind for one controller, which is to ignore the changes that it made itself. */
export class ObjectWriter<T> implements Watched<T> {
  /** By key, the version of the last write. */
  readonly #written = new Map<string, string>();

  constructor(
    readonly client: KubeClient,
    readonly type: ResourceType,
    readonly cache: FreshCache<T>,
    readonly recorder: EventRecorder,
  ) {
    cache.onChange(({ key, after }) => {
      if (after === undefined) this.#written.delete(key);
    });
  }

  whenSynced(): Promise<void> {
    return this.cache.whenSynced();
  }

  onChange(handler: (change: Change<T>) => void): void {
    this.cache.onChange((change) => {
      const version = change.after?.object.metadata.resourceVersion;
      const isOwnWrite = version !== undefined && version === this.#written.get(change.key);
      handler({ ...change, isOwnWrite });
    });
  }

  /** Writes `/status`. */
  async putStatus(object: KubeObject, status: JsonObject, signal: AbortSignal): Promise<void> {
    const options = { subresource: "status", signal } as const;
    this.#keep(await this.client.replace(this.type, { ...object, status }, options));
  }

  /** Writes fields of `metadata`. */
  patchMetadata(object: KubeObject, metadata: JsonObject, signal: AbortSignal): Promise<void> {
    return this.patch(object, { metadata }, signal);
  }

  /** Lays fields over those of the object. */
  async patch(
    object: KubeObject,
    fields: { readonly metadata?: JsonObject; readonly spec?: JsonObject },
    signal: AbortSignal,
  ): Promise<void> {
    const { resourceVersion } = object.metadata;
    const patch = { ...fields, metadata: { ...fields.metadata, resourceVersion } };
    const name = namespacedNameOf(object);
    this.#keep(await this.client.mergePatch(this.type, name, patch, { signal }));
  }

  /** Makes an object. */
  async create(object: KubeObject, signal: AbortSignal): Promise<void> {
    this.#keep(await this.client.create(this.type, object, { signal }));
  }

  /** Deletes the object, and no other of its name. */
  async delete(object: KubeObject, signal: AbortSignal): Promise<void> {
    const { uid } = object.metadata;
    await this.client.delete(this.type, namespacedNameOf(object), { signal, uid });
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

  #keep(object: KubeObject): void {
    if (!this.cache.keepWritten(object)) return;
    this.#written.set(keyOf(object), object.metadata.resourceVersion ?? "");
  }

  async #refresh(key: string, signal: AbortSignal): Promise<boolean> {
    const observed = this.cache.get(key);
    if (observed === undefined) return false;
    try {
      const name = namespacedNameOf(observed.object);
      const object = await this.client.get(this.type, name, signal);
      // A new object of the same name is the next reconcile's business.
      if (object.metadata.uid !== observed.object.metadata.uid) return false;
      if (keyOf(object) === key) this.cache.keepRead(object);
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      throw error;
    }
  }
}
