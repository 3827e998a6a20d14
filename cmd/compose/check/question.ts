/** What is asked of an installation, until the answer is good or the time is over. */

import { untilAborted } from "../../../lib/base/abort.ts";
import type { Clock } from "../../../lib/base/clock.ts";

/** What has just been installed may still be on its way. */
const LIMIT_MS = 30_000;
const PAUSE_MS = 1000;

/** How long one request may take. */
export const ANSWER_MS_MAX = 5000;

/** One question. */
export interface Question {
  /** Asks once. @returns What is wrong, as a sentence. */
  ask(): Promise<string | undefined>;
  /** What is told when nothing is wrong. */
  readonly good: string;
}

/** Asks until nothing is wrong. @returns What is wrong at last. */
export async function answerOf(
  question: Pick<Question, "ask">,
  clock: Clock,
  signal: AbortSignal,
): Promise<string | undefined> {
  const endMs = clock.monotonicMs() + LIMIT_MS;
  let last: string | undefined;
  const ended = untilAborted(signal).then(() => last);
  for (;;) {
    // The first answer is awaited whatever comes, for there is nothing else to tell.
    const answer = question.ask();
    const problem = await (last === undefined ? answer : Promise.race([answer, ended]));
    if (problem === undefined || clock.monotonicMs() >= endMs || signal.aborted) return problem;
    last = problem;
    await clock.sleep(PAUSE_MS, signal);
  }
}
