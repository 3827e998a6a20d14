/** Sends one request over `fetch`, with credentials, and counts it. */

import { unlessAborted } from "../../../base/abort.ts";
import type { Clock } from "../../../base/clock.ts";
import { defined } from "../../../base/json.ts";
import type { Logger } from "../../../observe/logger.ts";
import type { ClusterAccess } from "../../access/cluster_access.ts";
import { type Credentials, CredentialSource } from "../../access/credential_source.ts";
import { type ConnectionRoute, openRoute } from "./connection_route.ts";
import { type ConnectionUse, HttpClients } from "./http_clients.ts";
import type { RestClientMetrics } from "../rest_client_metrics.ts";
import { TransportError, transportErrorOf } from "./transport_error.ts";

/** One request. */
export interface TransportRequest {
  readonly use: ConnectionUse;
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  readonly body?: { readonly contentType: string; readonly text: string } | undefined;
  /** What is wanted instead of the whole object. */
  readonly accept?: string | undefined;
}

/** What the transport needs from outside. */
export interface TransportOptions {
  /** Value of the User-Agent header. */
  readonly userAgent: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** Asked right before each write is handed to the runtime; absent where all are allowed. */
  readonly mayWrite?: () => boolean;
}

/** A way to an API server. */
export interface RequestSender {
  /**
   * Sends the request and waits for the head of the answer. The caller has to read or cancel the
   * body of the answer.
   *
   * @throws {TransportError} when no answer came.
   * @throws {Error} when there are no credentials, or the signal's reason when it aborts before they come.
   */
  send(request: TransportRequest, signal: AbortSignal): Promise<Response>;
  /** Tells that a request got no answer in time. */
  noteTimeout(): void;
  /** Closes idle connections, and all where they need a helper of ours. */
  close(): void;
}

/** A way to an API server that can also be kept open in both directions (RFC 6455). */
export interface SocketOpener extends Pick<RequestSender, "send"> {
  /**
   * Asks for a WebSocket.
   *
   * @param protocol What is to be spoken on it.
   * @returns One that opens, or fails and closes.
   * @throws {Error} as {@link RequestSender.send} does for want of credentials.
   */
  openSocket(request: TransportRequest, protocol: string, signal: AbortSignal): Promise<WebSocket>;
}

/** What was asked, for messages: the verb and the path, never a header. */
export function describeRequest({ method, path }: TransportRequest): string {
  return `${method} ${path}`;
}

/** The way to one API server over the network. */
export class Transport implements RequestSender, SocketOpener {
  readonly #route: ConnectionRoute;
  readonly #userAgent: string;
  readonly #credentials: CredentialSource;
  readonly #clients: HttpClients;
  readonly #metrics: RestClientMetrics;
  readonly #mayWrite: () => boolean;

  constructor(access: ClusterAccess, options: TransportOptions, metrics: RestClientMetrics) {
    const { userAgent, clock, log, mayWrite = () => true } = options;
    this.#userAgent = userAgent;
    this.#credentials = new CredentialSource(access, clock, log);
    this.#route = openRoute(access, () => this.#credentials.tls);
    this.#clients = new HttpClients(this.#route.proxy);
    if (access.insecureSkipTlsVerify === true) {
      const msg = "the API server's certificate is not checked: anyone in between reads everything";
      log.log("warn", msg, { server: access.server });
    }
    this.#mayWrite = mayWrite;
    this.#metrics = metrics;
  }

  /**
   * Refused credentials are read again from their files, or asked of the plugin; with new ones the request is
   * sent again, writes too: they are refused before they are looked at. The new ones may be replaced while the
   * request is on its way, so that goes on for as long as there are newer ones.
   */
  async send(request: TransportRequest, signal: AbortSignal): Promise<Response> {
    for (let isRepeated = false;; isRepeated = true) {
      // No longer than for the rest of the request: a plugin may take a minute.
      const credentials = await unlessAborted(this.#credentials.current(), signal);
      const response = await this.#sendWith(credentials, request, signal);
      if (response.status !== 401) return response;
      // When the reading fails, the caller gets the refusal.
      const newer = this.#credentials.hasNewerThan(credentials, isRepeated);
      if (!await unlessAborted(newer, signal).catch(() => false)) return response;
      await response.body?.cancel();
    }
  }

  async openSocket(
    { use, path, query }: TransportRequest,
    protocol: string,
    signal: AbortSignal,
  ): Promise<WebSocket> {
    const { authorization, tls } = await unlessAborted(this.#credentials.current(), signal);
    return new WebSocket(`${this.#route.server.replace(/^http/, "ws")}${path}?${query}`, {
      protocols: [protocol],
      headers: { "user-agent": this.#userAgent, ...defined({ authorization }) },
      client: this.#clients.get(use, tls),
    });
  }

  noteTimeout(): void {
    this.#clients.noteTimeout();
  }

  close(): void {
    this.#clients.close();
    this.#route.close();
  }

  async #sendWith(
    credentials: Credentials,
    request: TransportRequest,
    signal: AbortSignal,
  ): Promise<Response> {
    const { method, path, query, body } = request;
    if (method !== "GET" && !this.#mayWrite()) {
      throw new TransportError(describeRequest(request), "aborted", "this process does not lead");
    }
    try {
      const response = await fetch(
        `${this.#route.server}${path}${query === "" ? "" : `?${query}`}`,
        {
          client: this.#clients.get(request.use, credentials.tls),
          method,
          headers: this.#headersOf(request, credentials.authorization),
          ...(body === undefined ? {} : { body: oneChunkStream(body.text, this.#mayWrite) }),
          // The token must not follow a redirect to wherever it points.
          redirect: "manual",
          signal,
        },
      );
      this.#clients.noteAnswer();
      this.#metrics.sent(method, response.status);
      return response;
    } catch (error) {
      this.#metrics.sent(method, undefined);
      if (!signal.aborted) this.#credentials.noteUnreachable();
      throw transportErrorOf(describeRequest(request), error);
    }
  }

  /** As an object: the runtime makes `Headers` of whatever it is given. */
  #headersOf(
    request: TransportRequest,
    authorization: string | undefined,
  ): Record<string, string> {
    const { body, use, accept = "application/json" } = request;
    return {
      accept,
      // API servers compress answers of 128 KB and more. To read 16 MB through TLS takes this runtime
      // longer than to read and unpack the tenth of it. An event must not wait for more to compress.
      "accept-encoding": use === "watch" ? "identity" : "gzip",
      "user-agent": this.#userAgent,
      ...(body === undefined ? {} : { "content-type": body.contentType }),
      ...(authorization === undefined ? {} : { authorization }),
    };
  }
}

/**
 * A body that the runtime cannot send twice. It silently repeats a request whose connection ends
 * before the answer, writes included, as long as it can copy the body: a write that was committed
 * just before would come back as a conflict with itself.
 */
function oneChunkStream(
  text: string,
  mayWrite: () => boolean,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    // Asked once more when the runtime takes the bytes: the process may have been frozen since.
    pull(controller) {
      if (!mayWrite()) return controller.error(new Error("this process does not lead"));
      controller.enqueue(new TextEncoder().encode(text));
      controller.close();
    },
  }, { highWaterMark: 0 });
}
