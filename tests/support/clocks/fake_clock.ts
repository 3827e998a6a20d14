/** A clock that stands still until a test moves it. Fits the clocks of `lib/kube` and `lib/sys`. */

import { setImmediate } from "node:timers";

interface Sleeper {
  readonly dueMs: number;
  readonly wake: () => void;
}

/** Time under the control of a test. */
export class FakeClock {
  readonly #sleepers = new Set<Sleeper>();
  #nowMs: number;
  /** How far the host's clock was set forward. */
  wallSkewMs = 0;

  /** @param startMs Where the clock stands, in milliseconds since the epoch. */
  constructor(startMs = Date.UTC(2024, 0, 1)) {
    this.#nowMs = startMs;
  }

  /** Milliseconds since the epoch. */
  nowMs(): number {
    return this.#nowMs + this.wallSkewMs;
  }

  /** Milliseconds that no {@link wallSkewMs} changes. */
  monotonicMs(): number {
    return this.#nowMs;
  }

  /** Sleeps that are under way. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Time until the next sleep ends, in milliseconds; `undefined` when there is no sleep. */
  get nextDueMs(): number | undefined {
    const next = this.#next();
    return next === undefined ? undefined : next.dueMs - this.#nowMs;
  }

  /** Resolves once the clock was moved far enough, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { dueMs: this.#nowMs + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /**
   * Moves the time on. Sleeps end in the order of their times, and everything that follows from
   * one end happens before the next.
   */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await settle();
    for (
      let next = this.#next();
      next !== undefined && next.dueMs <= untilMs;
      next = this.#next()
    ) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.wake();
      await settle();
    }
    this.#nowMs = untilMs;
  }

  /** The sleep that ends first; among equals, the one that began first. */
  #next(): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (first === undefined || sleeper.dueMs < first.dueMs) first = sleeper;
    }
    return first;
  }
}

/** Lets every promise that can go on without input or time do so. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}
