/** Ends what takes too long: a request without answer, a stream without bytes. */

import type { Clock } from "./clock.ts";

/**
 * Aborts its signal when the time is over or when the caller's signal aborts, whatever somebody does
 * to the wall clock meanwhile. Every deadline must be closed, else its timer and its listener stay.
 */
export class Deadline {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #parent: AbortSignal | undefined;
  readonly #controller = new AbortController();
  readonly #closed = new AbortController();
  readonly #onParentAbort = () => this.#controller.abort(this.#parent?.reason);
  #startMs: number;
  #expired = false;

  /**
   * @param ms Time from now, or from the last {@link extend}, in milliseconds.
   * @param parent Aborts earlier.
   */
  constructor(clock: Clock, ms: number, parent?: AbortSignal) {
    this.#clock = clock;
    this.#ms = ms;
    this.#parent = parent;
    this.#startMs = clock.monotonicMs();
    if (parent?.aborted) this.#onParentAbort();
    parent?.addEventListener("abort", this.#onParentAbort, { once: true });
    void this.#wait();
  }

  /** Aborts at the deadline. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** True when the time was over, false when the parent aborted or nothing happened yet. */
  get expired(): boolean {
    return this.#expired;
  }

  /** Starts the time anew; cheap enough for every chunk of a stream. */
  extend(): void {
    this.#startMs = this.#clock.monotonicMs();
  }

  /** Gives timer and listener back; the signal stays as it is. */
  close(): void {
    this.#closed.abort();
    this.#parent?.removeEventListener("abort", this.#onParentAbort);
  }

  /** One timer at a time, however often the deadline moves. */
  async #wait(): Promise<void> {
    const closed = this.#closed.signal;
    while (!closed.aborted && !this.signal.aborted) {
      const leftMs = this.#startMs + this.#ms - this.#clock.monotonicMs();
      if (leftMs <= 0) {
        this.#expired = true;
        this.#controller.abort();
        return;
      }
      await this.#clock.sleep(leftMs, closed);
    }
  }
}
