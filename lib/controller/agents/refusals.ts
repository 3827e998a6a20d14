/** What the API server refuses to let be done for agents, by pool. */

import type { Logger } from "../../observe/logger.ts";
import type { AgentStatus } from "../../reconcile/agent_status.ts";
import type { Refusal } from "./refusal.ts";

/** Says each cause once in the log, for as long as it lasts, and always in the status. */
export class Refusals {
  readonly #byPool = new Map<string, readonly Refusal[]>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  /** Notes how an attempt went. */
  set(poolKey: string, refused: readonly Refusal[]): void {
    const known = new Set([...this.#byPool.values()].flat().map(({ cause }) => cause));
    for (const { cause, message } of refused) {
      if (known.has(cause)) continue;
      known.add(cause);
      this.#log.log("warn", "cannot bring agents to the state that they should have", {
        pool: poolKey,
        error: message,
      });
    }
    if (refused.length === 0) this.#byPool.delete(poolKey);
    else this.#byPool.set(poolKey, refused);
  }

  has(poolKey: string): boolean {
    return this.#byPool.has(poolKey);
  }

  pools(): readonly string[] {
    return [...this.#byPool.keys()];
  }

  /** The status with what was refused: agents that answer do so all the same. */
  applyTo(status: AgentStatus, poolKey: string): AgentStatus {
    const refused = this.#byPool.get(poolKey);
    if (refused === undefined) return status;
    const messages = [status.message, ...new Set(refused.map(({ message }) => message))];
    return {
      ...status,
      reason: status.ready ? status.reason : refused[0]!.reason,
      message: messages.filter((message) => message !== "").join("; "),
    };
  }
}
