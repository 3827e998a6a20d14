/**
 * Failures of reconciles in the log. Keys come again for as long as they fail, and a full disk fails all of
 * them for days, so one cause is said at its 1st, 2nd, 4th and 8th failure, and so on.
 */

import type { Logger } from "../../observe/logger.ts";

/** Why keys fail at present. */
interface Cause {
  readonly text: string;
  readonly keys: Set<string>;
  /** Of all its keys, since none had failed by it. */
  failures: number;
}

/** Up to here, every failure is said. */
const SAID_MAX = 2;

/** The failing keys of one loop, by the sentence that each failed with last. */
export class FailureLog {
  readonly #log: Logger;
  readonly #causes = new Map<string, Cause>();
  readonly #byKey = new Map<string, Cause>();

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes a failure. Those that are not said stand in the log for debugging. */
  failed(key: string, error: Error): void {
    const cause = this.#causeOf(key, error.message);
    const { failures } = cause;
    const isSaid = Number.isInteger(Math.log2(failures));
    this.#log.log(isSaid ? "error" : "debug", "reconcile failed", { key, error, failures });
  }

  /** Notes a success, and says the end of a cause of which not every failure was said. */
  succeeded(key: string): void {
    const cause = this.#leave(key);
    if (cause === undefined || cause.keys.size > 0 || cause.failures <= SAID_MAX) return;
    const { text, failures } = cause;
    this.#log.log("info", "reconcile works again", { key, after: text, failures });
  }

  #causeOf(key: string, text: string): Cause {
    let cause = this.#causes.get(text);
    if (this.#byKey.get(key) !== cause) this.#leave(key);
    cause ??= { text, keys: new Set(), failures: 0 };
    cause.keys.add(key);
    cause.failures++;
    this.#causes.set(text, cause);
    this.#byKey.set(key, cause);
    return cause;
  }

  #leave(key: string): Cause | undefined {
    const cause = this.#byKey.get(key);
    this.#byKey.delete(key);
    cause?.keys.delete(key);
    if (cause?.keys.size === 0) this.#causes.delete(cause.text);
    return cause;
  }
}
