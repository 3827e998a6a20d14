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

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    function end(): void {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
    const timer = setTimeout(end, ms);
    signal?.addEventListener("abort", end, { once: true });
  });
}
