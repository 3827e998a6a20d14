/** Requests and answers, free of what carries them. */

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
  readonly body: string | BodyStream;
}

/** A body that comes piece by piece. */
export interface BodyStream {
  /** The next piece; `undefined` at the end. */
  read(): Promise<string | Uint8Array | undefined>;
  /** Nobody will read any more. */
  cancel(): void;
}

/** One request on its connection, on its way to the handler. */
export interface ApiExchange {
  readonly request: ApiRequest;
  /** Handles the request; call it once at most. Never rejects. */
  handle(): Promise<ApiResponse>;
  /** Ends the connection without an answer: `reset` in the middle of everything, `close` properly. */
  disconnect(how: "reset" | "close"): void;
}

/**
 * Stands between connections and handler, where tests inject faults. What it returns is sent unless
 * the connection is gone.
 */
export type Intercept = (exchange: ApiExchange) => Promise<ApiResponse>;

/** An answer in JSON. */
export function jsonResponse(
  body: string | BodyStream,
  { status = 200, headers = {} }: Partial<Omit<ApiResponse, "body">> = {},
): ApiResponse {
  const common = { "content-type": "application/json", "cache-control": "no-cache, private" };
  return { status, headers: { ...common, ...headers }, body };
}

/** An answer in plain text. */
export function textResponse(body: string, status = 200): ApiResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
