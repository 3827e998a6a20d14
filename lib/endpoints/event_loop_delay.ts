/** How late this process does what is due, which is how long others wait while it is busy. */

import type { Clock } from "../base/clock.ts";
import type { MetricRegistry } from "../observe/metrics.ts";

/** Between samples: 300 of them in five minutes make a percentile, and an idle process sleeps. */
const SAMPLE_MS = 1000;
/** The timer that is measured. */
const PROBE_MS = 10;

const BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];

/**
 * Measures by how much timers are late, until the signal aborts. Never rejects.
 *
 * @param prefix Of the metric's name: whose process it is.
 */
export async function measureEventLoopDelay(
  prefix: "vmdhcpagent" | "vmdhcpcontroller",
  { registry, clock }: { readonly registry: MetricRegistry; readonly clock: Clock },
  signal: AbortSignal,
): Promise<void> {
  const delay = registry.histogram({
    name: `${prefix}_event_loop_delay_seconds`,
    help:
      "How late a timer of this process fires; probes, scrapes and changes of objects wait as " +
      "long while it is busy.",
    buckets: BUCKETS_SECONDS,
  });
  while (!signal.aborted) {
    // Long sleeps may end a little late, together with others.
    await clock.sleep(SAMPLE_MS - PROBE_MS, signal);
    const dueMs = clock.monotonicMs() + PROBE_MS;
    await clock.sleep(PROBE_MS, signal);
    if (!signal.aborted) delay.observe(Math.max(0, clock.monotonicMs() - dueMs) / 1000);
  }
}
