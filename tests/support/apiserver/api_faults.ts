/**
 * Faults for the embedded API server. A test says which requests meet them:
 *
 * ```ts
 * const faults = new ApiFaults();
 * await using api = await startEmbeddedApi({ faults });
 * faults.on("PATCH gadgets/a", resetAfterCommit(), refuse(429, { retryAfterSeconds: 1 }));
 * faults.on("WATCH gadgets", inStream(3, "truncate"));
 * faults.drawWith(() => pick(random));
 * ```
 */

import type { HttpExchange, HttpRequest, HttpResponse } from "../../../lib/http/exchange.ts";
import { ApiError } from "../../../lib/apiserver/http/status.ts";
import { FaultyStream, type StreamFault } from "./faulty_stream.ts";

/** What happens to one request instead of its handling, or around it. */
export interface Fault {
  /** For messages of tests. */
  readonly name: string;
  readonly apply: (exchange: HttpExchange, released: Promise<void>) => Promise<HttpResponse>;
}

interface Rule {
  readonly verb: string;
  readonly path: string;
  readonly faults: (Fault | undefined)[];
}

/** The faults that requests to a server meet, in the order in which tests ask for them. */
export class ApiFaults {
  readonly #rules: Rule[] = [];
  readonly #released = Promise.withResolvers<void>();
  #draw: () => Fault | undefined = () => undefined;

  /**
   * Lets the next requests of a kind meet these faults, one fault each.
   *
   * @param match A method, `WATCH`, or `*`; optionally followed by a space and a part of the path.
   * @param faults `undefined` lets a request pass.
   */
  on(match: string, ...faults: readonly (Fault | undefined)[]): void {
    const [verb = "*", path = ""] = match.split(" ");
    this.#rules.push({ verb, path, faults: [...faults] });
  }

  /** Draws a fault for each request for which no rule is left. */
  drawWith(draw: () => Fault | undefined): void {
    this.#draw = draw;
  }

  /** Faults asked for with {@link on} that no request has met yet. */
  get pending(): number {
    return this.#rules.reduce((sum, { faults }) => sum + faults.length, 0);
  }

  /** Ends every silence, so that the server can be closed; later requests meet nothing. */
  release(): void {
    this.#rules.length = 0;
    this.#draw = () => undefined;
    this.#released.resolve();
  }

  /** The seam of the server. */
  readonly intercept = async (exchange: HttpExchange): Promise<HttpResponse> => {
    const rule = this.#rules.find(({ faults, ...rule }) =>
      faults.length > 0 && matches(rule, exchange.request)
    );
    const fault = rule === undefined ? this.#draw() : rule.faults.shift();
    return await (fault?.apply(exchange, this.#released.promise) ?? exchange.handle());
  };
}

/** The connection is reset before the server looks at the request. */
export function resetBeforeCommit(): Fault {
  return {
    name: "reset before commit",
    apply: (exchange) => Promise.resolve(disconnected(exchange, "reset")),
  };
}

/** The request takes effect, and then the connection is reset instead of an answer. */
export function resetAfterCommit(): Fault {
  return { name: "reset after commit", apply: afterCommit("reset") };
}

/** The connection is closed properly, without an answer. */
export function closeBeforeCommit(): Fault {
  return {
    name: "close before commit",
    apply: (exchange) => Promise.resolve(disconnected(exchange, "close")),
  };
}

/** The request takes effect, and then the connection is closed properly, without an answer. */
export function closeAfterCommit(): Fault {
  return { name: "close after commit", apply: afterCommit("close") };
}

/** The connection stays open, but the request is not handled and nothing is sent. */
export function silence(): Fault {
  return {
    name: "silence",
    apply: async (exchange, released) => {
      await released;
      return disconnected(exchange, "reset");
    },
  };
}

/** The request takes effect and the connection stays open, but nothing is sent. */
export function silenceAfterCommit(): Fault {
  return {
    name: "silence after commit",
    apply: async (exchange, released) => {
      discard(await exchange.handle());
      await released;
      return disconnected(exchange, "reset");
    },
  };
}

/** The request is handled after a delay. */
export function delay(delayMs: number): Fault {
  return {
    name: `delay of ${delayMs} ms`,
    apply: async (exchange, released) => {
      const passed = Promise.withResolvers<void>();
      const timer = setTimeout(passed.resolve, delayMs);
      await Promise.race([passed.promise, released]);
      clearTimeout(timer);
      return await exchange.handle();
    },
  };
}

const REASONS: Readonly<Record<number, string>> = {
  401: "Unauthorized",
  403: "Forbidden",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The request is refused with a `Status`, and not handled. */
export function refuse(code: number, details: { retryAfterSeconds?: number } = {}): Fault {
  const { retryAfterSeconds } = details;
  const error = new ApiError(code, REASONS[code] ?? "Unknown", `injected ${code}`, details);
  const response = {
    status: code,
    headers: {
      "content-type": "application/json",
      ...(retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) }),
    },
    body: JSON.stringify(error.toStatus()),
  };
  return { name: `refusal with ${code}`, apply: () => Promise.resolve(response) };
}

/** The answer is the page of a proxy in front of the server. */
export function proxyPage(code = 502): Fault {
  const response = {
    status: code,
    headers: { "content-type": "text/html" },
    body: "<html><body>Bad Gateway</body></html>",
  };
  return { name: `page of a proxy with ${code}`, apply: () => Promise.resolve(response) };
}

/** The body of the answer comes in pieces of so many bytes, which split characters. */
export function inPieces(bytes: number): Fault {
  return {
    name: `pieces of ${bytes} bytes`,
    apply: async (exchange, released) => {
      const { body, ...response } = await exchange.handle();
      const options = { exchange, released, pieceBytes: bytes };
      return { ...response, body: new FaultyStream(body, options) };
    },
  };
}

/**
 * Something happens to the body of the answer, such as the stream of a watch.
 *
 * @param afterLines Lines that come before it.
 */
export function inStream(afterLines: number, fault: StreamFault): Fault {
  return {
    name: `${fault} after ${afterLines} lines`,
    apply: async (exchange, released) => {
      const { body, ...response } = await exchange.handle();
      const options = { exchange, released, afterLines, fault };
      return { ...response, body: new FaultyStream(body, options) };
    },
  };
}

function matches({ verb, path }: Omit<Rule, "faults">, request: HttpRequest): boolean {
  const watches = request.query.get("watch") === "true" || request.query.get("watch") === "1";
  const found = watches ? "WATCH" : request.method;
  return (verb === "*" || verb === found) && request.path.includes(path);
}

function afterCommit(how: "reset" | "close"): Fault["apply"] {
  return async (exchange) => {
    discard(await exchange.handle());
    return disconnected(exchange, how);
  };
}

function discard({ body }: HttpResponse): void {
  if (typeof body !== "string") body.cancel();
}

/** An answer that never reaches the client. */
function disconnected(exchange: HttpExchange, how: "reset" | "close"): HttpResponse {
  exchange.disconnect(how);
  return { status: 500, headers: {}, body: "" };
}
