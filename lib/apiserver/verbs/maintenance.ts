/** What the server does by itself: it removes old events, and objects whose owners are gone. */

import type { Logger } from "../../observe/logger.ts";
import type { ApiContext } from "./api_context.ts";
import { EventExpiry } from "./event_expiry.ts";
import { NAMESPACES } from "../../api/resources.ts";
import { reportContent } from "./namespace_conditions.ts";
import { isTerminating, terminatingNamespaces } from "./namespaces.ts";
import { parseStored } from "../store/object_store.ts";
import type { Change, ObjectKey } from "../store/queries.ts";
import { WriteFaultError } from "../store/write_fault.ts";
import { collectGarbage, sweepOrphans } from "./removal.ts";

const MAINTENANCE_MS = 5 * 60_000;
/** How often the database is looked for while nothing is written. */
const LOOK_MS = 10_000;
/** Garbage collection is not part of a write: the client that wrote sees the object for a moment. */
const GARBAGE_DELAY_MS = 500;

/**
 * Runs the maintenance now and every few minutes.
 *
 * @param look Looks for the database, every few seconds.
 * @returns A function that ends it.
 */
export function startMaintenance(context: ApiContext, log: Logger, look: () => void): () => void {
  const events = new EventExpiry(context, () => performance.now());
  const maintain = () => {
    try {
      events.prune();
      sweepOrphans(context);
    } catch (error) {
      // The storage itself tells of the disk, for as long as it takes no write.
      if (error instanceof WriteFaultError) return;
      log.log("error", "API server maintenance failed", { error: error as Error });
    }
  };
  maintain();
  const timers = [setInterval(maintain, MAINTENANCE_MS), setInterval(look, LOOK_MS)];
  return () => timers.forEach(clearInterval);
}

/**
 * What follows from changes a moment later, as in a cluster: objects that were written with owners that
 * do not exist are removed, and namespaces that are being deleted say what is left in them.
 */
export class GarbageCollector {
  readonly #context: ApiContext;
  readonly #log: Logger;
  readonly #keys = new Map<string, ObjectKey>();
  readonly #terminating: Set<string>;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(context: ApiContext, log: Logger) {
    this.#context = context;
    this.#log = log;
    this.#terminating = new Set(terminatingNamespaces(context));
  }

  /** Remembers for the next run what the committed changes ask for. */
  notice(changes: readonly Change[]): void {
    let isDue = false;
    for (const { storage, namespace, name, after } of changes) {
      if (storage === NAMESPACES.plural) {
        if (after !== undefined && isTerminating(parseStored(after))) this.#terminating.add(name);
        else this.#terminating.delete(name);
      }
      isDue ||= this.#terminating.has(namespace);
      if (after === undefined || !after.includes('"ownerReferences":[')) continue;
      this.#keys.set(`${storage}/${namespace}/${name}`, { storage, namespace, name });
    }
    if (isDue || this.#keys.size > 0) {
      this.#timer ??= setTimeout(() => this.#collect(), GARBAGE_DELAY_MS);
    }
  }

  /** Ends the collection. */
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
        collectGarbage(this.#context, keys);
        for (const name of this.#terminating) reportContent(this.#context, name);
      });
    } catch (error) {
      // The regular sweep will find them.
      this.#log.log("error", "API server garbage collection failed", { error: error as Error });
    }
  }
}
