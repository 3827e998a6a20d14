/** Whether an agent, or its packet loop alone, answers; and if not, why. */

/** What can be said of it. */
export interface AgentStatus {
  readonly ready: boolean;
  /** CamelCase word for programs. */
  readonly reason: string;
  /** Sentence for people. */
  readonly message: string;
}

/** Whether there is nothing new to tell. */
export function isSameStatus(a: AgentStatus, b: AgentStatus): boolean {
  return a.ready === b.ready && a.reason === b.reason && a.message === b.message;
}
