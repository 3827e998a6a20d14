/**
 * The condition `NetworkClear` of a pool: whether other hosts of its network are in the way. Any machine
 * of the network can make it false by what it sends, so nothing else may depend on it.
 */

import { joinSome } from "../../base/sentences.ts";
import type { WantedCondition } from "../conditions.ts";
import { NETWORK_FAULTS } from "./wire_facts.ts";
import { isTrueOf, type PoolOnWire, sentenceOf } from "./wire_sentences.ts";
import type { WireSighting } from "./wire_sightings.ts";

/** Its type. */
export const NETWORK_CLEAR = "NetworkClear";

const HOSTS_SHOWN_MAX = 5;

/** The condition that follows from what was seen. */
export function networkClearOf(
  sightings: readonly WireSighting[],
  pool: PoolOnWire,
): WantedCondition {
  const type = NETWORK_CLEAR;
  const seen = sightings.filter(({ fact }) => isTrueOf(fact, pool));
  const gravest = NETWORK_FAULTS.find((fault) => seen.some((each) => each.fault === fault));
  if (gravest === undefined) {
    const message = "no agent has seen another host in the way lately";
    return { type, status: "True", reason: "NothingSeen", message };
  }
  const sentences = NETWORK_FAULTS.flatMap((fault) =>
    seen.filter((each) => each.fault === fault).map((each) => sentenceOf(each, pool))
  );
  const message = joinSome(sentences, "; ", HOSTS_SHOWN_MAX);
  return { type, status: "False", reason: gravest, message };
}
