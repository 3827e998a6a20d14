/** Does the work of a leader while, and only while, this process leads. */

import type { LeaderElector } from "./leader_election.ts";

/** This process no longer leads. It has to exit: it cannot know what others do now. */
export class LeadershipLostError extends Error {
  override readonly name = "LeadershipLostError";

  /** @param reason Completes "the lease is lost because ...". */
  constructor(readonly reason: string) {
    super(`leadership is lost: ${reason}`);
  }
}

/**
 * Waits for leadership, works, and gives the lease back when the work has ended. The lease is renewed
 * until then, so that the end of the work has its time.
 *
 * @param work Gets a signal that aborts when it should end: because the caller's did, or because
 * the lease is lost.
 * @throws {LeadershipLostError} at once when the lease is lost, without waiting for the work.
 */
export async function runAsLeader(
  elector: LeaderElector,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  if (!await elector.acquire(signal)) return;
  const stop = new AbortController();
  const renewing = new AbortController();
  const loss = elector.hold(renewing.signal);
  const done = work(AbortSignal.any([signal, stop.signal]));
  // After a loss nobody waits for it, nor for how it fails.
  done.catch(() => undefined);
  let lost: string | undefined;
  try {
    lost = await Promise.race([loss, done.then(() => undefined)]);
  } finally {
    stop.abort();
    renewing.abort();
    // Not before the last renewal has ended: it could come after the release.
    lost ??= await loss;
    await elector.release();
  }
  if (lost !== undefined) throw new LeadershipLostError(lost);
}
