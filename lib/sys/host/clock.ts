/** The clocks of this host. */

import type { Clock } from "../../base/clock.ts";
import * as libc from "../libc/libc.ts";

/** Makes a {@link Clock} that runs on real time. */
export function createClock(): Clock {
  return { nowMs: () => Date.now(), monotonicMs: () => performance.now(), sleep };
}

/**
 * Makes a {@link Clock} whose `monotonicMs` also counts the time that the host, or the virtual
 * machine that it is, was suspended: leases of other hosts run out meanwhile. The runtime's own
 * clock stands still then (CLOCK_MONOTONIC); it has to do where the C library cannot be asked.
 * `/proc/uptime` is no way out: the runtime lets only programs read it that may do everything.
 */
export function createBootTimeClock(bootTimeMs: () => number = libc.bootTimeMs): Clock {
  const clock = createClock();
  try {
    bootTimeMs();
  } catch {
    return clock;
  }
  return { ...clock, monotonicMs: bootTimeMs };
}

/** Sleeps of this length and more end together with others. */
const SHARED_MS_MIN = 500;
/** When these end: at multiples of it. */
const SHARED_END_MS = 50;

/**
 * The timers of long sleeps, one for all that end at the same time. To wake up costs far more than what
 * is then done: 200 interfaces that are looked at twice a second, each at a time of its own, would take
 * three hundredths of a core for it.
 */
class SharedTimers {
  readonly #ends = new Map<
    number,
    { readonly timer: ReturnType<typeof setTimeout>; readonly ends: Set<() => void> }
  >();

  /** Calls back after so long or a little longer. @returns A function that takes this back. */
  start(ms: number, end: () => void): () => void {
    const nowMs = performance.now();
    const atMs = Math.ceil((nowMs + ms) / SHARED_END_MS) * SHARED_END_MS;
    const shared = this.#ends.get(atMs) ?? this.#add(atMs, atMs - nowMs);
    shared.ends.add(end);
    return () => {
      shared.ends.delete(end);
      if (shared.ends.size > 0) return;
      clearTimeout(shared.timer);
      if (this.#ends.get(atMs) === shared) this.#ends.delete(atMs);
    };
  }

  #add(atMs: number, ms: number) {
    const ends = new Set<() => void>();
    const timer = setTimeout(() => {
      this.#ends.delete(atMs);
      for (const end of ends) end();
    }, Math.ceil(ms));
    const added = { timer, ends };
    this.#ends.set(atMs, added);
    return added;
  }
}

const SHARED_TIMERS = new SharedTimers();

function startTimer(ms: number, end: () => void): () => void {
  if (ms >= SHARED_MS_MIN) return SHARED_TIMERS.start(ms, end);
  const timer = setTimeout(end, ms);
  return () => clearTimeout(timer);
}

/** The runtime ends a longer timer at once. */
const TIMER_MS_MAX = 2 ** 31 - 1 - SHARED_END_MS;

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  if (ms > TIMER_MS_MAX) {
    return sleep(TIMER_MS_MAX, signal).then(() => sleep(ms - TIMER_MS_MAX, signal));
  }
  return new Promise((resolve) => {
    function end(): void {
      stopTimer();
      signal?.removeEventListener("abort", end);
      resolve();
    }
    const stopTimer = startTimer(ms, end);
    signal?.addEventListener("abort", end, { once: true });
  });
}
