/** A clock that runs many times faster than the wall: for tests over real sockets. */

/** Real time, scaled. Fits the clocks of `lib/kube` and `lib/sys`. */
export class FastClock {
  readonly #factor: number;
  readonly #startMs = performance.now();

  /** @param factor How many of its milliseconds pass in a real one. */
  constructor(factor: number) {
    this.#factor = factor;
  }

  /** Milliseconds since the epoch, beginning in 2024. */
  nowMs(): number {
    return Date.UTC(2024, 0, 1) + (performance.now() - this.#startMs) * this.#factor;
  }

  /** The same, for nobody sets this clock. */
  monotonicMs(): number {
    return this.nowMs();
  }

  /** Resolves after the scaled time, or when the signal aborts. */
  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, ms / this.#factor);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }
}
