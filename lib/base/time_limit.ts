/** Bounds how long a task may take, whatever somebody does to the wall clock meanwhile. */

import type { Clock } from "./clock.ts";

/** How long, and what may end it earlier. */
export interface TimeLimit {
  readonly clock: Pick<Clock, "sleep">;
  readonly ms: number;
  readonly signal?: AbortSignal;
}

/**
 * Runs a task whose signal aborts when the time is over, or when the given signal does. The task
 * has to end by itself then.
 */
export async function withTimeLimit<T>(
  { clock, ms, signal }: TimeLimit,
  task: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new AbortController();
  const ended = new AbortController();
  const onAbort = () => limit.abort(signal?.reason);
  if (signal?.aborted) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  void clock.sleep(ms, ended.signal).then(() => {
    if (!ended.signal.aborted) limit.abort(new Error(`it took longer than ${ms / 1000} s`));
  });
  try {
    return await task(limit.signal);
  } finally {
    ended.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}
