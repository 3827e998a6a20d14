/** Removes old events, whatever happens to the clock of the host. */

import { EVENT_STORAGE } from "../kinds/builtin_resources.ts";
import type { ApiContext } from "./api_context.ts";

/** How long an event stays after its last change, as in kube-apiserver. */
const EVENT_MS_MAX = 3600_000;
/** More than a clock is corrected by from one look to the next while it is right. */
const JUMP_MS_MIN = 60_000;

/** What it needs of the server. */
type ExpiryContext = Pick<ApiContext, "store" | "nowMs">;

/**
 * The ages of the events. They are stored with the time of the host's clock. When that has jumped, what
 * is stored says nothing about an age, and every event stays for another hour.
 */
export class EventExpiry {
  readonly #context: ExpiryContext;
  readonly #monotonicMs: () => number;
  /** The host's clock minus the one that cannot be set. */
  #offsetMs: number;

  /** @param monotonicMs Milliseconds of a clock that cannot be set. */
  constructor(context: ExpiryContext, monotonicMs: () => number) {
    this.#context = context;
    this.#monotonicMs = monotonicMs;
    this.#offsetMs = context.nowMs() - monotonicMs();
  }

  /** Removes the events that have not been written for an hour. */
  prune(): void {
    const { store } = this.#context;
    const nowMs = this.#context.nowMs();
    const offsetMs = nowMs - this.#monotonicMs();
    const hasJumped = Math.abs(offsetMs - this.#offsetMs) >= JUMP_MS_MIN;
    // Also those of a run before whose clock was ahead.
    store.moveWrites(EVENT_STORAGE, hasJumped ? -Infinity : nowMs, nowMs);
    this.#offsetMs = offsetMs;
    const old = store.listWrittenBefore(EVENT_STORAGE, nowMs - EVENT_MS_MAX);
    if (old.length === 0) return;
    store.transaction(() => {
      for (const key of old) {
        const before = store.get(key);
        if (before !== undefined) store.remove(key, before);
      }
    });
  }
}
