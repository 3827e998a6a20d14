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

  /** Whether the object may be written now. Another wish does not wait. */
  isDue(object: KubeObject): boolean {
    return this.#recentOf(object).length < WRITES_MAX;
  }

  /** Counts a write. */
  note(object: KubeObject): void {
    const now = this.#clock.monotonicMs();
    this.#forget(now);
    const times = [...this.#recentOf(object), now];
    // Behind all others, as the latest.
    this.#writes.delete(keyFor(object));
    this.#writes.set(keyFor(object), { asked: askedOf(object), times });
  }

  /** When the object was written lately as it is asked for now. */
  #recentOf(object: KubeObject): readonly number[] {
    const now = this.#clock.monotonicMs();
    const last = this.#writes.get(keyFor(object));
    if (last === undefined || last.asked !== askedOf(object)) return [];
    return last.times.filter((time) => isRecent(time, now));
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

function keyFor(object: KubeObject): string {
  return `${object.kind} ${keyOf(object)}`;
}

function askedOf({ metadata }: KubeObject): string | undefined {
  return metadata.annotations?.[ASKED_ANNOTATION];
}
