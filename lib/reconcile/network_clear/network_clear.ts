/**
 * The condition `NetworkClear` of a pool: whether other hosts of its network are in the way. Any machine
 * of the network can make it false by what it sends, so nothing else may depend on it.
 */

import { joinSome } from "../../base/sentences.ts";
import { conditionOf, type WantedCondition } from "../conditions.ts";
import { NETWORK_FAULTS } from "./wire_facts.ts";
import { isTrueOf, type PoolOnWire, sentenceOf } from "./wire_sentences.ts";
import type { WireSighting } from "./wire_sightings.ts";

/** Its type. */
export const NETWORK_CLEAR = "NetworkClear";

const HOSTS_SHOWN_MAX = 5;

/** Pause between two changes of the condition of a pool. */
const CHANGE_PAUSE_MS = 60_000;

/**
 * What is known of the wire of a pool: what the condition should say, or `"notYet"` while nothing is
 * known, when what stands there stays.
 */
export type WireKnowledge = WantedCondition | "notYet";

/** The condition that follows from what was seen. */
export function networkClearOf(
  sightings: readonly WireSighting[],
  pool: PoolOnWire,
): WantedCondition {
  const type = NETWORK_CLEAR;
  const seen = sightings.filter(({ fact }) => isTrueOf(fact, pool));
  const gravest = NETWORK_FAULTS.find((fault) => seen.some((each) => each.fault === fault));
  if (gravest === undefined) return { type, status: "True", reason: "NothingSeen", message: "" };
  const sentences = NETWORK_FAULTS.flatMap((fault) =>
    seen.filter((each) => each.fault === fault).map((each) => sentenceOf(each, pool))
  );
  const message = joinSome(sentences, "; ", HOSTS_SHOWN_MAX);
  return { type, status: "False", reason: gravest, message };
}

/** The condition while agents cannot be asked. @param why A sentence that ends with what to do. */
export function networkUnknown(why: string): WantedCondition {
  return { type: NETWORK_CLEAR, status: "Unknown", reason: "NothingKnown", message: why };
}

/**
 * The conditions that a pool should have.
 *
 * @param knowledge `undefined` when agents are not asked: then there is none.
 * @param current Those that it has.
 */
export function networkConditionsOf(
  knowledge: WireKnowledge | undefined,
  current: unknown,
): readonly WantedCondition[] {
  if (knowledge === undefined) return [];
  if (knowledge !== "notYet") return [knowledge];
  const known = conditionOf(current, NETWORK_CLEAR);
  return known === undefined ? [] : [known];
}

/** Lets the condition of one pool change now and then only, however fast its cause does. */
export class ShownCondition {
  #shown: WantedCondition | undefined;
  #shownMs = -Infinity;

  /** What is to be shown; `"notYet"` at first. */
  get shown(): WireKnowledge {
    return this.#shown ?? "notYet";
  }

  /** @returns Whether what is shown has changed. */
  update(wanted: WantedCondition, monotonicMs: number): boolean {
    const shown = this.#shown;
    const isSame = shown?.reason === wanted.reason && shown.message === wanted.message;
    if (isSame || monotonicMs - this.#shownMs < CHANGE_PAUSE_MS) return false;
    this.#shown = wanted;
    this.#shownMs = monotonicMs;
    return true;
  }
}
