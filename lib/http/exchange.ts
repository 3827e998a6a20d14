/** Requests and answers, free of what carries them. */

/** A request as the listener got it. */
export interface HttpRequest {
  readonly method: string;
  /** Path of the URL, still percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Whether the client is on this host. */
  readonly fromLoopback: boolean;
  /**
   * Reads the body; call it once at most.
   *
   * @throws {RequestBodyError} when the body is too large or does not arrive.
   */
  readBody(): Promise<Uint8Array>;
}

/** A body that cannot be had. */
export class RequestBodyError extends Error {
  override readonly name = "RequestBodyError";

  constructor(readonly status: 400 | 413 | 503, message: string) {
    super(message);
  }
}

/** What the listener sends back. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly body: string | BodyStream;
}

/** A body that comes piece by piece. */
export interface BodyStream {
  /** The next piece; `undefined` at the end. */
  read(): Promise<string | Uint8Array | undefined>;
  /** The client reads no more: a read that waits ends, and so do those to come. */
  cancel(): void;
}

/** One request on its connection, on its way to the handler. */
export interface HttpExchange {
  readonly request: HttpRequest;
  /** Handles the request; call it once at most. Never rejects. */
  handle(): Promise<HttpResponse>;
  /** Ends the connection without an answer: `reset` at once, `close` with a proper end. */
  disconnect(how: "reset" | "close"): void;
}

/**
 * Stands between connections and handler, where tests inject faults. Its answer is sent unless the
 * connection is gone.
 */
export type Intercept = (exchange: HttpExchange) => Promise<HttpResponse>;

/** An answer in JSON. */
export function jsonResponse(
  body: string | BodyStream,
  { status = 200, headers = {} }: Partial<Omit<HttpResponse, "body">> = {},
): HttpResponse {
  const common = { "content-type": "application/json", "cache-control": "no-cache, private" };
  return { status, headers: { ...common, ...headers }, body };
}

/** An answer in plain text. */
export function textResponse(body: string, status = 200): HttpResponse {
  return { status, headers: { "content-type": "text/plain; charset=utf-8" }, body };
}
