/** Warnings of the runtime, such as those about what it will not have any more. */

import process from "node:process";
import { TokenBucket } from "../../lib/base/token_bucket.ts";
import type { Logger } from "../../lib/observe/logger.ts";

/** Some come with each connection. */
const LINES = { perSecond: 1 / 60, burst: 10 };

/**
 * Logs them at debug, because they are for those who develop the program. The runtime would print them between
 * the lines of whoever reads the output.
 */
export function logRuntimeWarnings(log: Logger): void {
  const lines = new TokenBucket(LINES, performance.now());
  process.removeAllListeners("warning");
  process.on("warning", ({ name, message, stack }: Error) => {
    if (!lines.take(performance.now())) return;
    log.log("debug", "warning of the runtime", { warning: `${name}: ${message}`, stack });
  });
}
