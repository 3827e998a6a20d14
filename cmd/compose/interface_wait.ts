/** `--wait`: gives up on an interface that is not served in time. */

import type { Clock } from "../../lib/base/clock.ts";
import type { AgentStatus } from "../../lib/reconcile/agent_status.ts";
import { CommandError } from "../cli/command.ts";

/** Between looks at the status, in milliseconds. */
const LOOK_MS = 50;

/** What to wait for, and how long. */
export interface InterfaceWait {
  readonly agent: { readonly interfaceStatus: AgentStatus };
  /** Milliseconds; 0 for an interface that has to be there at the start. */
  readonly waitMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Waits until the interface is served for the first time, or the signal aborts.
 *
 * @throws {CommandError} with the reason when it is not served in time.
 */
export async function requireInterface(
  { agent, waitMs, clock, signal }: InterfaceWait,
): Promise<void> {
  // The first attempt takes a moment, so 0 cannot mean not to wait at all.
  const untilMs = clock.monotonicMs() + Math.max(waitMs, LOOK_MS);
  while (!agent.interfaceStatus.ready && !signal.aborted) {
    const leftMs = untilMs - clock.monotonicMs();
    if (leftMs <= 0) {
      throw new CommandError(`gave up after ${waitMs / 1000} s: ${agent.interfaceStatus.message}`);
    }
    await clock.sleep(Math.min(leftMs, LOOK_MS), signal);
  }
}
