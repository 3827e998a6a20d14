/** Time as a parameter, so that tests control it. */

/** A source of time. The clock of the host is made in `lib/sys/host/clock.ts`. */
export interface Clock {
  /** Milliseconds since the epoch by the host's clock, which can be set. */
  nowMs(): number;
  /** Milliseconds since an arbitrary moment. It cannot be set, so it measures durations. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
