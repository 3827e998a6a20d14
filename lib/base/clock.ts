/** Time as a parameter, so that tests can hold it. */

/** A source of time. The clock of the host is made in `lib/sys/host/clock.ts`. */
export interface Clock {
  /** Milliseconds since the epoch, as the host's clock has it: anybody can set it. */
  nowMs(): number;
  /** Milliseconds since some moment. Nobody can set it, so it measures how long something takes. */
  monotonicMs(): number;
  /** Resolves after `ms` milliseconds, or at once when the signal aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}
