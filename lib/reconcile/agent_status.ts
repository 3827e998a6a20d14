/** How an agent is: the agent says it, and the controller reports it in conditions of the pool. */

import type { PodReference } from "../api/ippool/ippool.ts";

/** Whether an agent, or its packet loop alone, answers; and if not, why. */
export interface AgentStatus {
  readonly ready: boolean;
  /** CamelCase word for programs. */
  readonly reason: string;
  /** Sentence for people. */
  readonly message: string;
  /** One live agent, where agents are pods; `null` when none is left. */
  readonly podRef?: PodReference | null;
  /** How many agents there should be and how many are ready, where agents are pods. */
  readonly counts?: AgentCounts;
}

/** How many agents a pool has. */
export interface AgentCounts {
  readonly wanted: number;
  readonly ready: number;
}
