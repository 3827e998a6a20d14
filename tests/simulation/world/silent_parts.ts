/** Metrics that cost nothing, and a logger that keeps what a simulation judges. */

import type { LogFields, Logger, LogLevel } from "../../../lib/observe/logger.ts";
import type { MetricRegistry } from "../../../lib/observe/metrics.ts";

const NOTHING = { inc() {}, set() {}, remove() {}, reset() {}, observe() {} };

/** Counts nothing. */
export const NO_METRICS: MetricRegistry = {
  counter: () => NOTHING,
  gauge: () => NOTHING,
  histogram: () => NOTHING,
  add: (metric) => metric,
  beforeRead() {},
};

/** Calls back for each line of a level that matters. */
export class SimLogger implements Logger {
  constructor(
    readonly onLine: (level: LogLevel, msg: string, fields: LogFields) => void,
    readonly fields: LogFields = {},
  ) {}

  log(level: LogLevel, msg: string, fields: LogFields = {}): void {
    if (level === "warn" || level === "error") {
      this.onLine(level, msg, { ...this.fields, ...fields });
    }
  }

  with(fields: LogFields): Logger {
    return new SimLogger(this.onLine, { ...this.fields, ...fields });
  }
}
