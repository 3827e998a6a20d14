/** Bounded waits for the outside world. */

const POLL_MS = 50;

/** What to wait for, and how long. */
export interface WaitOptions {
  /** Ends the sentence "waited in vain for ...". */
  readonly what: string;
  readonly limitMs?: number;
  /** Pause between two questions; longer than usual where each costs much. */
  readonly pauseMs?: number;
  /** More for the error when the wait is in vain, such as a log. */
  readonly explain?: () => string | Promise<string>;
}

/**
 * Asks again and again until there is an answer.
 *
 * @param ask Gives the answer, or undefined when there is none yet.
 * @throws {Error} when the time is up.
 */
export async function waitUntil<T>(
  ask: () => T | undefined | Promise<T | undefined>,
  { what, limitMs = 20_000, pauseMs = POLL_MS, explain }: WaitOptions,
): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > endMs) {
      throw new Error(`waited in vain for ${what}\n${await explain?.() ?? ""}`.trimEnd());
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
