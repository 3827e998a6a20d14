/** What the controller of pools has to be told about agents. */

import type { AgentStatus } from "../../reconcile/agent_status.ts";
import type { WireKnowledge } from "../../reconcile/network_clear/shown_condition.ts";

/** Knows the agents of pools. */
export interface AgentObserver {
  /** `undefined` when this process does not observe agents. */
  observe(poolKey: string): AgentStatus | undefined;
  /**
   * Takes away what was made for the agents of a pool that is about to go, where this process makes them.
   * Nothing is made again before `letGo` has ended.
   *
   * @returns False when it may not: then `letGo` was not called.
   */
  release?(poolKey: string, letGo: () => Promise<void>, signal: AbortSignal): Promise<boolean>;
}

/** Of a controller whose agents others run. */
export const UNOBSERVED_AGENTS: AgentObserver = { observe: () => undefined };

/** Knows what agents of pools report. */
export interface WireObserver {
  /** `undefined` when this process does not ask agents. */
  observe(poolKey: string): WireKnowledge | undefined;
}
