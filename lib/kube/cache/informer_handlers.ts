/** Tells handlers what changed in a cache; one that throws is told again until it succeeds. */

import type { Clock } from "../../base/clock.ts";
import { ExponentialBackoff } from "../../base/backoff.ts";
import type { ChangeHandler } from "../contract.ts";

/** Waits between the attempts to tell a handler what it threw on. */
const BACKOFF = { initialMs: 200, msMax: 60_000, resetMs: 120_000 } as const;

/** One change of one object. */
export interface Change<T> {
  readonly key: string;
  readonly before: T | undefined;
  readonly after: T | undefined;
}

/** What handlers are told about, and what is needed from outside. */
export interface InformerHandlersOptions<T> {
  /** The state of an object now. */
  readonly current: (key: string) => T | undefined;
  /** Called for each time that a handler threw. */
  readonly onError: (key: string, error: unknown) => void;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface Listener<T> {
  readonly handler: ChangeHandler<T>;
  /** Keys that the handler threw on, with the last state that it took without throwing. */
  readonly owed: Map<string, T | undefined>;
}

/**
 * The handlers of one cache. Each sees a history without gaps: the state before a change is the one
 * that it was told of last without throwing.
 */
export class InformerHandlers<T> {
  readonly #options: InformerHandlersOptions<T>;
  readonly #listeners: Listener<T>[] = [];
  readonly #backoff: ExponentialBackoff;
  #wake = Promise.withResolvers<void>();

  constructor(options: InformerHandlersOptions<T>) {
    this.#options = options;
    this.#backoff = new ExponentialBackoff(BACKOFF, options.clock, options.random);
  }

  /** Adds a handler; it is told of changes from now on. */
  add(handler: ChangeHandler<T>): void {
    this.#listeners.push({ handler, owed: new Map() });
  }

  /** Tells all handlers; a bug of one of them costs neither the others the change nor the cache its watch. */
  tell(change: Change<T>): void {
    for (const listener of this.#listeners) this.#tell(listener, change);
  }

  /** Tells again what handlers threw on, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.#wake.resolve();
    signal.addEventListener("abort", wake, { once: true });
    while (!signal.aborted) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
      this.#backoff.reset();
      while (this.#owes() && !signal.aborted) await this.#tellAgain(signal);
    }
    signal.removeEventListener("abort", wake);
  }

  async #tellAgain(signal: AbortSignal): Promise<void> {
    await this.#options.clock.sleep(this.#backoff.next(), signal);
    if (signal.aborted) return;
    for (const listener of this.#listeners) {
      for (const [key, before] of [...listener.owed]) {
        this.#tell(listener, { key, before, after: this.#options.current(key) });
      }
    }
  }

  #tell({ handler, owed }: Listener<T>, { key, before, after }: Change<T>): void {
    const taken = owed.has(key) ? owed.get(key) : before;
    owed.delete(key);
    // The handler threw when it came and has never seen it, so it need not see it go.
    if (taken === undefined && after === undefined) return;
    try {
      handler(key, taken, after);
    } catch (error) {
      owed.set(key, taken);
      this.#options.onError(key, error);
      this.#wake.resolve();
    }
  }

  #owes(): boolean {
    return this.#listeners.some(({ owed }) => owed.size > 0);
  }
}
