/**
 * The condition `AgentsCurrent` of a pool: whether its agents follow it. One that does not answers from a
 * snapshot, because it was given no version of the pool that it can serve, or it goes on with a version that
 * the pool no longer has. The condition rests on the word of agents, so nothing else may depend on it.
 */

import { formatInstant } from "../../base/rfc3339.ts";
import { joinSome } from "../../base/sentences.ts";
import type { AgentReport } from "../agent_report.ts";
import type { WantedCondition } from "../conditions.ts";

/** Its type. */
export const AGENTS_CURRENT = "AgentsCurrent";

const AGENTS_SHOWN_MAX = 5;

/** Agents of a pool that are remembered. */
const AGENTS_MAX = 16;

/** After this without a report of an agent nothing is known of it. */
const HEARD_MS = 5 * 60_000;

/**
 * An agent that has had one and the same version of the pool for so long, and not the one that the pool has,
 * does not follow it. By then it has asked anew for a watch that is silent.
 */
const BEHIND_MS = 3 * 60_000;

/** An agent that does not follow its pool. */
export interface LateAgent {
  readonly instance: string;
  /** `Stale`: it serves from its snapshot. `Behind`: it serves what the pool was earlier. */
  readonly reason: "Stale" | "Behind";
  readonly since: string;
  readonly resourceVersion: string;
}

/** When a report was read, and what was known of its pool then. */
export interface ReportReading {
  /** The pool's version; `undefined` when it is not known. */
  readonly poolVersion: string | undefined;
  readonly monotonicMs: number;
  readonly nowMs: number;
}

interface HeardAgent {
  readonly version: string | undefined;
  readonly stale: LateAgent | undefined;
  readonly heardMs: number;
  /** When it was last seen to follow, or heard first: by either clock. */
  readonly followedMs: number;
  readonly followed: string;
  /** Whether it was ever seen to follow. */
  readonly hasFollowed: boolean;
}

/** How the agents of one pool follow it, by what they reported. */
export class FollowingAgents {
  readonly #agents = new Map<string, HeardAgent>();

  /**
   * Takes over what an agent says now. Versions are opaque and only compared for equality: an agent follows
   * when it has the pool's version, or another one than the last time, for a pool may change all the time.
   */
  note(report: AgentReport, { poolVersion, monotonicMs, nowMs }: ReportReading): void {
    const { instance, resourceVersion: version } = report;
    const before = this.#agents.get(instance);
    const isNews = before !== undefined && before.version !== version;
    const follows = version === undefined || poolVersion === undefined ||
      version === poolVersion || isNews;
    this.#agents.delete(instance);
    this.#agents.set(instance, {
      version,
      stale: staleAgentOf(report),
      heardMs: monotonicMs,
      ...before === undefined || follows
        ? { followedMs: monotonicMs, followed: formatInstant(nowMs) }
        : { followedMs: before.followedMs, followed: before.followed },
      hasFollowed: follows || before?.hasFollowed === true,
    });
    const [first] = this.#agents.keys();
    if (this.#agents.size > AGENTS_MAX) this.#agents.delete(first!);
  }

  /**
   * Those that do not follow the pool now, by name.
   *
   * @param isThere Whether an agent still is one of the pool.
   */
  late(monotonicMs: number, isThere: (instance: string) => boolean): readonly LateAgent[] {
    for (const [instance, { heardMs }] of this.#agents) {
      if (monotonicMs - heardMs >= HEARD_MS || !isThere(instance)) this.#agents.delete(instance);
    }
    return [...this.#agents]
      .flatMap(([instance, heard]) => lateAgentOf(instance, heard) ?? [])
      .sort((a, b) => a.instance < b.instance ? -1 : 1);
  }

  /** Whether it takes more time to tell of some agent that it follows the pool. */
  get isUndecided(): boolean {
    return [...this.#agents.values()].some(({ hasFollowed }) => !hasFollowed);
  }
}

function lateAgentOf(
  instance: string,
  { version = "unknown", stale, heardMs, followedMs, followed }: HeardAgent,
): LateAgent | undefined {
  if (stale !== undefined) return stale;
  return heardMs - followedMs < BEHIND_MS
    ? undefined
    : { instance, reason: "Behind", since: followed, resourceVersion: version };
}

/** What a report says of a snapshot; `undefined` when the agent does not serve one. */
export function staleAgentOf(
  { instance, staleSince, resourceVersion = "unknown" }: AgentReport,
): LateAgent | undefined {
  return staleSince === undefined
    ? undefined
    : { instance, reason: "Stale", since: staleSince, resourceVersion };
}

/** One sentence, without an end: it may stand beside others. It is the same while the agent is late. */
export function lateSentenceOf(
  { instance, reason, since, resourceVersion }: LateAgent,
  poolKey: string,
): string {
  const served = `since ${since}, agent ${instance} has served version ${resourceVersion} of ` +
    `ippool ${poolKey}`;
  const why = reason === "Stale"
    ? " from its snapshot, because the API server has given it none that it can serve"
    : ", and the API server has another one";
  return `${served}${why}; look at its log and at the network of its node`;
}

/** The condition that follows from which agents are late. */
export function agentsCurrentOf(late: readonly LateAgent[], poolKey: string): WantedCondition {
  const type = AGENTS_CURRENT;
  if (late.length === 0) {
    const message = "every agent that reported lately follows the pool";
    return { type, status: "True", reason: "Following", message };
  }
  const sentences = late.map((each) => lateSentenceOf(each, poolKey));
  const message = joinSome(sentences, "; ", AGENTS_SHOWN_MAX);
  const reason = late.some((each) => each.reason === "Stale") ? "Stale" : "Behind";
  return { type, status: "False", reason, message };
}
