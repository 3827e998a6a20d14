/** Events about what agents see, so few that no machine of a VM network can fill the list of Events. */

import { type RateLimit, TokenBucket } from "../../base/token_bucket.ts";
import type { Note } from "../../api/event_note.ts";
import type { AgentReport } from "../agent_report.ts";
import { lateSentenceOf, staleAgentOf } from "./agents_current.ts";
import { NETWORK_FAULTS, type NetworkFault, type WireFact } from "./wire_facts.ts";
import { isTrueOf, type PoolOnWire, sentenceOf } from "./wire_sentences.ts";
import type { WireSighting } from "./wire_sightings.ts";

/** For each pool and reason. */
const NOTES: RateLimit = { perSecond: 1 / 600, burst: 3 };

/** A sighting that lasts gets another Event after this; Kubernetes forgets Events after an hour. */
const TOLD_AGAIN_MS = 30 * 60_000;

/** Older sightings get no Event: they are from before this controller led or began to ask. */
const NEWS_MS = 3 * 60_000;

/** A note on a pool. */
export interface WireNote {
  readonly note: Note;
  /** What it tells of, where that is a host. */
  readonly fact?: WireFact;
}

/** Decides which sightings on the wire of one pool get an Event, and remembers which had one. */
export class WireNotes {
  readonly #buckets: Readonly<Record<NetworkFault | "AgentStale", TokenBucket>>;
  /** By sighting or agent, when it was told. */
  readonly #toldMs = new Map<string, number>();

  constructor(nowMs: number) {
    const reasons = [...NETWORK_FAULTS, "AgentStale"] as const;
    this.#buckets = Object.fromEntries(
      reasons.map((reason) => [reason, new TokenBucket(NOTES, nowMs)]),
    ) as Record<(typeof reasons)[number], TokenBucket>;
  }

  /** What is to be told now, and counts as told. */
  due(sightings: readonly WireSighting[], pool: PoolOnWire, nowMs: number): readonly WireNote[] {
    return sightings.flatMap((sighting) => {
      const { key, fact, fault, lastMs } = sighting;
      if (nowMs - lastMs > NEWS_MS || !isTrueOf(fact, pool) || !this.#take(key, fault, nowMs)) {
        return [];
      }
      return [{ note: { type: "Warning", reason: fault, note: sentenceOf(sighting, pool) }, fact }];
    });
  }

  /** A note that an agent serves from its snapshot, when it does and a note is due. */
  stale(
    report: AgentReport,
    { key }: Pick<PoolOnWire, "key">,
    nowMs: number,
  ): readonly WireNote[] {
    const stale = staleAgentOf(report);
    if (stale === undefined || !this.#take(`stale ${stale.instance}`, "AgentStale", nowMs)) {
      return [];
    }
    const note = lateSentenceOf(stale, key);
    return [{ note: { type: "Warning", reason: "AgentStale", note } }];
  }

  #take(key: string, reason: NetworkFault | "AgentStale", nowMs: number): boolean {
    for (const [told, toldMs] of this.#toldMs) {
      if (nowMs - toldMs >= TOLD_AGAIN_MS) this.#toldMs.delete(told);
    }
    // Told ones are as few as there were tokens.
    if (this.#toldMs.has(key) || !this.#buckets[reason].take(nowMs)) return false;
    this.#toldMs.set(key, nowMs);
    return true;
  }
}
