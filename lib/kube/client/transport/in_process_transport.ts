/**
 * Sends requests to an API server in this process: a function call, so that nothing between a client
 * and its server can fail, be it a port, a proxy, a certificate or the clock that judges it.
 */

import {
  type BodyStream,
  type HttpRequest,
  type HttpResponse,
  RequestBodyError,
} from "../../../http/exchange.ts";
import { unlessAborted } from "../../../base/abort.ts";
import type { RestClientMetrics } from "../rest_client_metrics.ts";
import { describeRequest, type RequestSender, type TransportRequest } from "./transport.ts";
import { transportErrorOf } from "./transport_error.ts";

/** Answers the requests of this process, which need no credentials. */
export type RequestHandler = (request: HttpRequest) => Promise<HttpResponse>;

/** The way to an API server in this process. */
export class InProcessTransport implements RequestSender {
  readonly #handle: RequestHandler;
  readonly #userAgent: string;
  readonly #metrics: RestClientMetrics;

  constructor(handle: RequestHandler, userAgent: string, metrics: RestClientMetrics) {
    this.#handle = handle;
    this.#userAgent = userAgent;
    this.#metrics = metrics;
  }

  async send(request: TransportRequest, signal: AbortSignal): Promise<Response> {
    const { method } = request;
    try {
      signal.throwIfAborted();
      const answered = this.#handle(httpRequestOf(request, this.#userAgent));
      const answer = await unlessAborted(answered, signal).catch((error) => {
        // Nobody will read what comes now.
        answered.then(({ body }) => typeof body !== "string" && body.cancel(), () => {});
        throw error;
      });
      this.#metrics.sent(method, answer.status);
      return responseOf(answer);
    } catch (error) {
      this.#metrics.sent(method, undefined);
      throw transportErrorOf(describeRequest(request), error);
    }
  }

  /** There is no connection that could be dead. */
  noteTimeout(): void {}

  close(): void {}
}

function httpRequestOf(
  { method, path, query, body, accept = "application/json" }: TransportRequest,
  userAgent: string,
): HttpRequest {
  return {
    method,
    path,
    query: new URLSearchParams(query),
    headers: {
      accept,
      "user-agent": userAgent,
      ...(body === undefined ? {} : { "content-type": body.contentType }),
    },
    fromLoopback: true,
    readBody: () => {
      if (body === undefined) return Promise.resolve(new Uint8Array());
      const bytes = new TextEncoder().encode(body.text);
      if (bytes.length <= BODY_BYTES_MAX) return Promise.resolve(bytes);
      const message = `Request entity too large: limit is ${BODY_BYTES_MAX} bytes`;
      return Promise.reject(new RequestBodyError(413, message));
    },
  };
}

/** As over a connection, so that an object that fits here fits a cluster as well. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

/** The answer as `fetch` would give it. Pieces are asked for when they are read, not before. */
function responseOf({ status, headers, body }: HttpResponse): Response {
  const stream = typeof body === "string" ? textStream(body) : body;
  const bytes = new ReadableStream({
    type: "bytes",
    async pull(controller) {
      const piece = await stream.read();
      if (piece === undefined) {
        controller.close();
        // The reader that waits has brought a buffer, which has to be given back.
        controller.byobRequest?.respond(0);
      } else if (piece.length > 0) {
        controller.enqueue(
          typeof piece === "string" ? new TextEncoder().encode(piece) : piece.slice(),
        );
      }
    },
    cancel: () => stream.cancel(),
  }, { highWaterMark: 0 });
  const pairs = Object.entries(headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value]] : value.map((each) => [name, each])
  );
  return new Response(bytes, { status, headers: pairs as [string, string][] });
}

function textStream(text: string): BodyStream {
  const pieces = [text];
  return {
    read: () => Promise.resolve(pieces.pop()),
    cancel: () => void pieces.pop(),
  };
}
