/** Conditions that follow from what agents report: what is known, and how often it may change. */

import { conditionOf, type WantedCondition } from "../conditions.ts";

/** Pause between two changes of one condition of a pool. */
const CHANGE_PAUSE_MS = 60_000;

/** What a condition should say, or `"notYet"` while nothing is known, when what stands there stays. */
export type Knowledge = WantedCondition | "notYet";

/** What is known from the reports of a pool's agents. */
export interface WireKnowledge {
  /** For the condition `NetworkClear`. */
  readonly network: Knowledge;
  /** For the condition `AgentsCurrent`. */
  readonly agents: Knowledge;
}

/** A condition while agents cannot be asked. @param why A sentence that ends with what to do. */
export function nothingKnown(type: string, why: string): WantedCondition {
  return { type, status: "Unknown", reason: "NothingKnown", message: why };
}

/**
 * The condition of a type that a pool should have; none while nothing is known and none stands there.
 *
 * @param current Those that it has.
 */
export function knownConditionsOf(
  type: string,
  knowledge: Knowledge,
  current: unknown,
): readonly WantedCondition[] {
  if (knowledge !== "notYet") return [knowledge];
  const known = conditionOf(current, type);
  // What is left of a pause says nothing about what comes after it.
  return known === undefined || known.reason === "Paused" ? [] : [known];
}

/** Lets a condition of one pool change now and then only, however fast its cause does. */
export class ShownCondition {
  #shown: WantedCondition | undefined;
  #shownMs = -Infinity;

  /** What is to be shown; `"notYet"` at first. */
  get shown(): Knowledge {
    return this.#shown ?? "notYet";
  }

  /** @returns Whether what is shown has changed. */
  update(wanted: Knowledge, monotonicMs: number): boolean {
    if (wanted === "notYet") return false;
    const shown = this.#shown;
    const isSame = shown?.reason === wanted.reason && shown.message === wanted.message;
    if (isSame || monotonicMs - this.#shownMs < CHANGE_PAUSE_MS) return false;
    this.#shown = wanted;
    this.#shownMs = monotonicMs;
    return true;
  }
}
