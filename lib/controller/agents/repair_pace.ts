/** Keeps the repair of an object slow that somebody else changes, deletes or makes again each time. */

import type { Clock } from "../../base/clock.ts";
import { keyOf } from "../../api/meta.ts";
import { ASKED_ANNOTATION } from "../../reconcile/agent_deployment/drift/object_plan.ts";
import type { AgentStep } from "../../reconcile/agent_deployment/agent_world.ts";

/** Writes of one object in a period: what a person edits by hand needs two. */
const WRITES_MAX = 12;
const PERIOD_MS = 300_000;

/** In which a watch brings what was made. */
const WATCH_MS = 1000;

/** What was written to an object lately. */
interface Writes {
  /** For which pool, and what was asked for by them. */
  readonly wish: Wish;
  /** When, on the monotonic clock. */
  readonly times: readonly number[];
  /** When it was last made, if that was the last that was done. */
  readonly madeMs: number | undefined;
}

interface Wish {
  /** UID of the pool: another one of its name begins anew. */
  readonly pool: string | undefined;
  /** `undefined` for what is only to go. */
  readonly asked: string | undefined;
}

/** Counts the writes of each object that ask for the same. */
export class RepairPace {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #writes = new Map<string, Writes>();

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /**
   * Whether the step may be taken now. Another wish does not wait.
   *
   * @param pool UID of the pool.
   */
  isDue(step: AgentStep, pool: string | undefined): boolean {
    // What was deleted to be made anew must not stay away.
    const most = step.do === "create" ? WRITES_MAX + 1 : WRITES_MAX;
    return this.#recentOf(step, this.#wishOf(step, pool)).length < most;
  }

  /** Whether the object was just made as wished, so that the watch is to bring it and not a second attempt. */
  isAwaited(step: AgentStep, pool: string | undefined): boolean {
    if (step.do !== "create") return false;
    const last = this.#lastOf(step, this.#wishOf(step, pool));
    return last?.madeMs !== undefined && this.#clock.monotonicMs() - last.madeMs < WATCH_MS;
  }

  /** Counts a step that was taken. */
  note(step: AgentStep, pool: string | undefined): void {
    const now = this.#clock.monotonicMs();
    this.#forget(now);
    const key = keyFor(step);
    const wish = this.#wishOf(step, pool);
    const times = [...this.#recentOf(step, wish), now];
    // Behind all others, as the latest.
    this.#writes.delete(key);
    this.#writes.set(key, { wish, times, madeMs: step.do === "create" ? now : undefined });
  }

  /** What stands in an object that is to go says nothing of what is asked for in its place. */
  #wishOf(step: AgentStep, pool: string | undefined): Wish {
    const asked = step.do === "delete"
      ? this.#writes.get(keyFor(step))?.wish.asked
      : step.object.metadata.annotations?.[ASKED_ANNOTATION];
    return { pool, asked };
  }

  /** When the object was written lately for this wish. */
  #recentOf(step: AgentStep, wish: Wish): readonly number[] {
    const now = this.#clock.monotonicMs();
    return this.#lastOf(step, wish)?.times.filter((time) => isRecent(time, now)) ?? [];
  }

  /** What was written to the object for this wish. */
  #lastOf(step: AgentStep, { pool, asked }: Wish): Writes | undefined {
    const last = this.#writes.get(keyFor(step));
    return last?.wish.pool === pool && last?.wish.asked === asked ? last : undefined;
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

function keyFor({ type, object }: AgentStep): string {
  return `${type.kind} ${keyOf(object)}`;
}
