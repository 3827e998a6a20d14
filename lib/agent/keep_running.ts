/** Parts of an agent that run for as long as it does. */

import type { Clock } from "../base/clock.ts";
import { errorOf } from "../base/errors.ts";
import type { Logger } from "../observe/logger.ts";

/** Between attempts to run a part that fails. */
const RESTART_MS = 1000;

/** What runs until its signal aborts. */
export interface RunningPart {
  run(signal: AbortSignal): Promise<void>;
}

/** What is needed to run parts. */
export interface PartsSupport {
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after each failure. */
  readonly onBug: () => void;
}

/**
 * Runs parts, by their names for the log, until the signal aborts. One that fails runs again: a bug in
 * one part is no reason to stop the others. Never rejects.
 */
export async function keepRunning(
  parts: Readonly<Record<string, RunningPart>>,
  support: PartsSupport,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    Object.entries(parts).map(([name, part]) => keepOne(name, part, support, signal)),
  );
}

async function keepOne(
  name: string,
  part: RunningPart,
  { clock, log, onBug }: PartsSupport,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      return await part.run(signal);
    } catch (error) {
      onBug();
      log.log("error", "a part of the agent failed and is started again", {
        part: name,
        error: errorOf(error),
      });
      await clock.sleep(RESTART_MS, signal);
    }
  }
}
