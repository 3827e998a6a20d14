/**
 * Passes changes to the watches and remembers the latest ones, so that a watch can start at a recent
 * `resourceVersion`.
 */

import type { Change } from "./queries.ts";

/** Text kept for late watches, per kind of object, in characters. */
const HISTORY_CHARS_MAX = 8 * 1024 * 1024;

/** A watch as the hub sees it. */
export interface Subscriber {
  onChange(change: Change): void;
  /** The server stops; the watch has to end. */
  onClose(): void;
}

interface Topic {
  readonly subscribers: Set<Subscriber>;
  readonly history: Change[];
  historyChars: number;
  /** Changes up to this revision are forgotten. */
  forgottenRevision: number;
}

/** Changes of all kinds, by storage. */
export class WatchHub {
  readonly #topics = new Map<string, Topic>();
  readonly #startRevision: number;
  readonly #onFault: (error: unknown) => void;
  #closed = false;

  /**
   * @param startRevision Revision of the store; earlier changes are unknown here.
   * @param onFault Called with the error of a watch, which ends that watch.
   */
  constructor(startRevision: number, onFault: (error: unknown) => void) {
    this.#startRevision = startRevision;
    this.#onFault = onFault;
  }

  /** Number of open watches. */
  get size(): number {
    return this.#topics.values().reduce((sum, topic) => sum + topic.subscribers.size, 0);
  }

  /** Hands committed changes to the watches; never throws, because the changes are made. */
  publish(changes: readonly Change[]): void {
    for (const change of changes) {
      const topic = this.#topic(change.storage);
      remember(topic, change);
      for (const subscriber of topic.subscribers) this.#tell(topic, subscriber, change);
    }
  }

  /**
   * The changes after a revision.
   *
   * @returns `undefined` when some of them are no longer remembered (410 Expired).
   */
  changesSince(storage: string, revision: number): readonly Change[] | undefined {
    const topic = this.#topic(storage);
    if (revision < topic.forgottenRevision) return undefined;
    return topic.history.filter((change) => change.revision > revision);
  }

  /** Adds a watch; the returned function removes it. */
  subscribe(storage: string, subscriber: Subscriber): () => void {
    if (this.#closed) {
      subscriber.onClose();
      return () => {};
    }
    const { subscribers } = this.#topic(storage);
    subscribers.add(subscriber);
    return () => void subscribers.delete(subscriber);
  }

  /** Ends every watch, and at once those still to come. */
  close(): void {
    this.#closed = true;
    for (const { subscribers } of this.#topics.values()) {
      for (const subscriber of [...subscribers]) subscriber.onClose();
      subscribers.clear();
    }
  }

  #tell({ subscribers }: Topic, subscriber: Subscriber, change: Change): void {
    try {
      subscriber.onChange(change);
    } catch (error) {
      subscribers.delete(subscriber);
      subscriber.onClose();
      this.#onFault(error);
    }
  }

  #topic(storage: string): Topic {
    let topic = this.#topics.get(storage);
    if (topic === undefined) {
      const forgottenRevision = this.#startRevision;
      topic = { subscribers: new Set(), history: [], historyChars: 0, forgottenRevision };
      this.#topics.set(storage, topic);
    }
    return topic;
  }
}

function remember(topic: Topic, change: Change): void {
  topic.history.push(change);
  topic.historyChars += charsOf(change);
  let forget = 0;
  // The newest change stays, however large it is.
  while (topic.historyChars > HISTORY_CHARS_MAX && forget < topic.history.length - 1) {
    const oldest = topic.history[forget++]!;
    topic.historyChars -= charsOf(oldest);
    topic.forgottenRevision = oldest.revision;
  }
  if (forget > 0) topic.history.splice(0, forget);
}

function charsOf(change: Change): number {
  return (change.before?.length ?? 0) + (change.after?.length ?? 0);
}
