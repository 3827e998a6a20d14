/** Requests and answers, free of what carries them. */

import type { WatchStream } from "./watch_stream.ts";

/** A request as the listener got it. */
export interface ApiRequest {
  readonly method: string;
  /** Path of the URL, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /**
   * Reads the body; call it once at most.
   *
   * @throws {ApiError} 413 for what is too large.
   */
  readBody(): Promise<Uint8Array>;
}

/** What the listener sends back. */
export interface ApiResponse {
  /** HTTP status. */
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  /** Text, or lines that come until the stream ends. */
  readonly body: string | WatchStream;
}

/** An answer in JSON. */
export function jsonResponse(
  body: string | WatchStream,
  { status = 200, headers = {} }: Partial<Omit<ApiResponse, "body">> = {},
): ApiResponse {
  const common = { "content-type": "application/json", "cache-control": "no-cache, private" };
  return { status, headers: { ...common, ...headers }, body };
}

/** An answer in plain text. */
export function textResponse(body: string, status = 200): ApiResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
