/** Removes objects that were written with owners that are not there, as a cluster does. */

import type { Logger } from "../../observe/logger.ts";
import type { ApiContext } from "./api_context.ts";
import type { Change, ObjectKey } from "../store/object_store.ts";
import { collectGarbage } from "./removal.ts";

/** Garbage collection is nobody's request: who wrote the object sees it for a moment. */
const DELAY_MS = 500;

/** Looks at what was written a moment ago. */
export class GarbageCollector {
  readonly #context: ApiContext;
  readonly #log: Logger;
  readonly #keys = new Map<string, ObjectKey>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: ApiContext, log: Logger) {
    this.#context = context;
    this.#log = log;
  }

  /** Takes note of committed changes; those of objects with owners will be looked at. */
  notice(changes: readonly Change[]): void {
    for (const { storage, namespace, name, after } of changes) {
      if (after === undefined || !after.includes('"ownerReferences":[')) continue;
      this.#keys.set(`${storage}/${namespace}/${name}`, { storage, namespace, name });
    }
    if (this.#keys.size > 0) this.#timer ??= setTimeout(() => this.#collect(), DELAY_MS);
  }

  /** Looks at nothing any more. */
  close(): void {
    clearTimeout(this.#timer);
    this.#keys.clear();
  }

  #collect(): void {
    this.#timer = undefined;
    const keys = [...this.#keys.values()];
    this.#keys.clear();
    try {
      this.#context.store.transaction(() => {
        for (const key of keys) collectGarbage(this.#context, key);
      });
    } catch (error) {
      // The sweep of every few minutes will find them.
      this.#log.log("error", "API server garbage collection failed", { error: error as Error });
    }
  }
}
