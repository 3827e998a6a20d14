/** When a request is sent again by the client itself; everything else is up to its caller. */

import { StatusError } from "../contract.ts";
import { TransportError } from "./transport/transport_error.ts";

/** Attempts after the first while the server asks to come back later (as client-go does). */
const RETRIES_MAX = 10;

/** Longest wait that a server may ask for, in seconds. */
const RETRY_AFTER_SECONDS_MAX = 60;

/** For all waits together: after that the caller should know, and say so in its log. */
const WAITS_MS_MAX = 60_000;

/** Longest wait before a read is sent again over a new connection. */
const RECONNECT_MS_MAX = 200;

/** A request that failed. */
export interface FailedAttempt {
  readonly method: string;
  readonly error: unknown;
  /** Times that it was sent again before, and the waits for these. */
  readonly retries: number;
  readonly waitedMs: number;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/**
 * How long to wait before the request is sent again.
 *
 * A write is sent again only after 429: then the server did not process it. A read whose connection
 * broke gets one more, as a pooled connection may have died unnoticed; where no connection comes
 * about at all, the caller's own backoff has to do.
 *
 * @returns Milliseconds; `undefined` when it must not be sent again.
 */
export function retryDelayMs(
  { method, error, retries, waitedMs, random }: FailedAttempt,
): number | undefined {
  const isRead = method === "GET";
  if (error instanceof StatusError) {
    const busy = error.code === 429 || (isRead && error.code === 503);
    if (!busy || error.retryAfterSeconds === undefined || retries >= RETRIES_MAX) return undefined;
    const waitMs = Math.min(error.retryAfterSeconds, RETRY_AFTER_SECONDS_MAX) * 1000;
    return waitedMs + waitMs > WAITS_MS_MAX ? undefined : waitMs;
  }
  const broken = error instanceof TransportError && error.kind === "broken";
  return isRead && broken && retries === 0 ? random() * RECONNECT_MS_MAX : undefined;
}
