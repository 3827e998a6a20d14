/** Keeps the repair of an object slow that somebody else changes back each time. */

import type { Clock } from "../../base/clock.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import { ASKED_ANNOTATION } from "../../reconcile/agent_deployment/drift/object_plan.ts";

/** Writes of one object in a period: what a person edits by hand needs two. */
const WRITES_MAX = 12;
const PERIOD_MS = 300_000;

/** What was written to an object lately. */
interface Writes {
  /** What was asked for by them. */
  readonly asked: string | undefined;
  /** When, on the monotonic clock. */
  readonly times: readonly number[];
}

/** Counts the writes of each object that ask for the same. */
export class RepairPace {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #writes = new Map<string, Writes>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** Whether the object may be written now, which counts as a write. Another wish does not wait. */
  take(object: KubeObject): boolean {
    const now = this.#clock.monotonicMs();
    this.#forget(now);
    const key = `${object.kind} ${keyOf(object)}`;
    const asked = object.metadata.annotations?.[ASKED_ANNOTATION];
    const last = this.#writes.get(key);
    const before = last !== undefined && last.asked === asked ? last.times : [];
    const times = before.filter((time) => isRecent(time, now));
    if (times.length >= WRITES_MAX) return false;
    // Behind all others, as the latest.
    this.#writes.delete(key);
    this.#writes.set(key, { asked, times: [...times, now] });
    return true;
  }

  #forget(now: number): void {
    for (const [key, { times }] of this.#writes) {
      if (isRecent(times.at(-1)!, now)) return;
      this.#writes.delete(key);
    }
  }
}

function isRecent(time: number, now: number): boolean {
  return now - time < PERIOD_MS;
}
