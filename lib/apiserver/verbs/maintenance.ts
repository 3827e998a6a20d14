/** What the server does by itself: old events go, and objects whose owners are gone. */

import type { Logger } from "../../observe/logger.ts";
import type { ApiContext } from "./api_context.ts";
import { EVENT_STORAGE } from "../kinds/builtin_resources.ts";
import { sweepOrphans } from "./removal.ts";

/** How long an event stays after its last change, as in kube-apiserver. */
const EVENT_MS_MAX = 3600_000;
const MAINTENANCE_MS = 5 * 60_000;

/** Removes the events that nobody has touched for an hour. */
export function pruneEvents({ store, nowMs }: ApiContext): void {
  const old = store.listWrittenBefore(EVENT_STORAGE, nowMs() - EVENT_MS_MAX);
  if (old.length === 0) return;
  store.transaction(() => {
    for (const key of old) {
      const before = store.get(key);
      if (before !== undefined) store.remove(key, before);
    }
  });
}

/**
 * Does it all now and every few minutes.
 *
 * @returns Ends it.
 */
export function startMaintenance(context: ApiContext, log: Logger): () => void {
  const maintain = () => {
    try {
      pruneEvents(context);
      sweepOrphans(context);
    } catch (error) {
      log.log("error", "API server maintenance failed", { error: error as Error });
    }
  };
  maintain();
  const timer = setInterval(maintain, MAINTENANCE_MS);
  return () => clearInterval(timer);
}
