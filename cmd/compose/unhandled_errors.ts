/** Errors that nobody handles, which end a process by default. */

import { errorOf } from "../../lib/base/errors.ts";
import { TokenBucket } from "../../lib/base/token_bucket.ts";
import type { Logger } from "../../lib/observe/logger.ts";
import type { MetricRegistry, MetricSpec } from "../../lib/observe/metrics.ts";

/** A bug may repeat itself with each packet. */
const LINES = { perSecond: 0.1, burst: 20 };

/** The metric that counts them. */
export const UNHANDLED_ERRORS: MetricSpec = {
  name: "vmdhcp_unhandled_errors_total",
  help: "Errors that no part of the program handled: bugs. The log has the first of them.",
};

/**
 * Logs and counts errors that nobody handles, instead of ending the process: one of them concerns one
 * task, and the clients of all pools would be without DHCP. What the main function of the process
 * throws is handled, and still ends it.
 */
export function surviveUnhandledErrors(log: Logger, registry: MetricRegistry): void {
  const count = registry.counter(UNHANDLED_ERRORS);
  count.inc({}, 0);
  const lines = new TokenBucket(LINES, performance.now());
  function note(event: Event, thrown: unknown): void {
    event.preventDefault();
    count.inc();
    if (!lines.take(performance.now())) return;
    log.log("error", "unhandled error", { error: errorOf(thrown) });
  }
  addEventListener("unhandledrejection", (event) => note(event, event.reason));
  addEventListener("error", (event) => note(event, event.error));
}
