/**
 * The condition `AgentsCurrent` of a pool: whether its agents follow it, or answer from a snapshot because
 * they were given no version of it that they can serve. It rests on the word of agents, so nothing else may
 * depend on it.
 */

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

/** An agent that serves from its snapshot. */
export interface StaleAgent {
  readonly instance: string;
  /** By its clock. */
  readonly staleSince: string;
  readonly resourceVersion: string;
}

/** Which agents of one pool serve from their snapshots, by the last report of each. */
export class StaleAgents {
  readonly #agents = new Map<string, StaleAgent & { readonly heardMs: number }>();

  /** Takes over what an agent says now. */
  note(report: AgentReport, monotonicMs: number): void {
    const stale = staleAgentOf(report);
    this.#agents.delete(report.instance);
    if (stale === undefined) return;
    this.#agents.set(stale.instance, { ...stale, heardMs: monotonicMs });
    const [first] = this.#agents.keys();
    if (this.#agents.size > AGENTS_MAX) this.#agents.delete(first!);
  }

  /**
   * Those that serve from their snapshots now, by name.
   *
   * @param isThere Whether an agent still is one of the pool.
   */
  current(monotonicMs: number, isThere: (instance: string) => boolean): readonly StaleAgent[] {
    for (const [instance, { heardMs }] of this.#agents) {
      if (monotonicMs - heardMs >= HEARD_MS || !isThere(instance)) this.#agents.delete(instance);
    }
    return [...this.#agents.values()].map(({ heardMs: _, ...stale }) => stale)
      .sort((a, b) => a.instance < b.instance ? -1 : 1);
  }
}

/** What a report says of this; `undefined` when the agent follows its pool. */
export function staleAgentOf(
  { instance, staleSince, resourceVersion = "unknown" }: AgentReport,
): StaleAgent | undefined {
  return staleSince === undefined ? undefined : { instance, staleSince, resourceVersion };
}

/** One sentence, without an end: it may stand beside others. It is the same while the agent is stale. */
export function staleSentenceOf(
  { instance, staleSince, resourceVersion }: StaleAgent,
  poolKey: string,
): string {
  return `since ${staleSince}, agent ${instance} has served version ${resourceVersion} of ippool ` +
    `${poolKey} from its snapshot, because the API server has given it none that it can serve; ` +
    "look at its log and at the network of its node";
}

/** The condition that follows from which agents serve from their snapshots. */
export function agentsCurrentOf(
  stale: readonly StaleAgent[],
  poolKey: string,
): WantedCondition {
  const type = AGENTS_CURRENT;
  if (stale.length === 0) return { type, status: "True", reason: "Following", message: "" };
  const sentences = stale.map((each) => staleSentenceOf(each, poolKey));
  const message = joinSome(sentences, "; ", AGENTS_SHOWN_MAX);
  return { type, status: "False", reason: "Stale", message };
}
