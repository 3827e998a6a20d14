/**
 * The HTTP listener of everything that the process serves, with or without TLS, by `node:http` and
 * `node:https`, because those send without delay (TCP_NODELAY). `Deno.serve` does not for TLS: it
 * writes head and body apart, and the second write waits for the client's delayed acknowledgement,
 * 40 ms for every answer.
 */

import type { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { errorOf } from "../base/errors.ts";
import type { Logger } from "../observe/logger.ts";
import {
  type BodyStream,
  type HttpRequest,
  type HttpResponse,
  type Intercept,
  RequestBodyError,
  textResponse,
} from "./exchange.ts";

/** Largest body that is read, as in kube-apiserver. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** How long requests in flight may take at the end. */
const CLOSE_MS_MAX = 2000;
/**
 * Idle connections stay: a client that sends a write on one that is just being closed cannot know
 * whether the write took effect.
 */
const KEEP_ALIVE_MS = 24 * 3600_000;
/** Also as a listener on all IPv6 addresses sees an IPv4 client (RFC 4291 section 2.5.5.2). */
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;

/** Options of a listener. */
export interface ListenOptions {
  readonly hostname: string;
  /** 0 for any free port. */
  readonly port: number;
  /** PEM texts; absent for plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  /** When it rejects, the client is answered 500 and the error is logged. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  /** Absent: requests go straight to the handler. */
  readonly intercept?: Intercept | undefined;
  readonly log: Logger;
}

/** A listener that answers requests. */
export interface HttpListener {
  readonly port: number;
  /** Stops listening, lets requests in flight finish, closes every connection. */
  close(): Promise<void>;
}

/** The address cannot be listened on; the message says which and why. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  /** Whether it would work on another address or port. */
  readonly blamesAddress: boolean;

  constructor(address: string, cause: Error & { readonly code?: string }) {
    const reason = ADDRESS_FAULTS[cause.code ?? ""];
    super(`cannot listen on ${address}: ${reason ?? cause.message}`, { cause });
    this.blamesAddress = reason !== undefined;
  }
}

const NOT_HERE = "no interface of this host has the address";
const ADDRESS_FAULTS: Readonly<Record<string, string>> = {
  EADDRINUSE: "the port is in use by another process",
  EADDRNOTAVAIL: NOT_HERE,
  // Deno 2.9 passes EADDRNOTAVAIL on as this.
  EINVAL: NOT_HERE,
  EACCES: "ports below 1024 need CAP_NET_BIND_SERVICE",
};

/**
 * Starts to listen.
 *
 * @throws {ListenError} when the address cannot be listened on.
 */
export async function listen(options: ListenOptions): Promise<HttpListener> {
  const { hostname, port, tls, log } = options;
  const inFlight = new Set<Promise<void>>();
  const onRequest = (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const answered = answer(incoming, outgoing, options)
      .catch(() => void outgoing.destroy())
      .finally(() => inFlight.delete(answered));
    inFlight.add(answered);
  };
  // Each takes memory that a process without it can do without.
  const server = tls === undefined
    ? (await import("node:http")).createServer(onRequest)
    : (await import("node:https")).createServer(tls, onRequest);
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  const sockets = new Set<Socket>();
  server.on(tls === undefined ? "connection" : "secureConnection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const listening = Promise.withResolvers<void>();
  server.on("error", (error: Error) => {
    if (server.listening) log.log("error", "http listener failed", { error });
    listening.reject(new ListenError(`${hostname}:${port}`, error));
  });
  server.listen(port, hostname, listening.resolve);
  await listening.promise;
  return { port: (server.address() as AddressInfo).port, close };

  async function close(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    const late = Promise.withResolvers<void>();
    const deadline = setTimeout(late.resolve, CLOSE_MS_MAX);
    await Promise.race([Promise.allSettled(inFlight), late.promise]);
    clearTimeout(deadline);
    for (const socket of sockets) socket.destroy();
    await closed.promise;
  }
}

async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { handle, intercept = (exchange) => exchange.handle(), log }: ListenOptions,
): Promise<void> {
  const request = requestOf(incoming);
  const { status, headers, body } = await intercept({
    request,
    handle: () =>
      handle(request).catch((thrown) => {
        log.log("error", "http request failed", { error: errorOf(thrown) });
        return textResponse("internal error\n", 500);
      }),
    disconnect: (how) => how === "reset" ? incoming.socket.destroy() : incoming.socket.end(),
  });
  const isGone = () => outgoing.destroyed || incoming.socket.writableEnded;
  // An unread rest of the body would block the answer and the next request.
  if (!isGone() && !request.isBodyRead()) await request.readBody().catch(() => {});
  if (isGone()) {
    if (typeof body !== "string") body.cancel();
    return;
  }
  for (const [name, value] of Object.entries(headers)) {
    outgoing.setHeader(name, typeof value === "string" ? value : [...value]);
  }
  outgoing.statusCode = status;
  if (typeof body !== "string") return await sendStream(outgoing, body);
  const bytes = new TextEncoder().encode(body);
  outgoing.setHeader("content-length", bytes.length);
  outgoing.end(incoming.method === "HEAD" ? undefined : bytes);
}

async function sendStream(outgoing: ServerResponse, stream: BodyStream): Promise<void> {
  outgoing.on("close", () => stream.cancel());
  // The client may wait for the head before anything happens; `flushHeaders` does not always send it.
  outgoing.write("");
  for (;;) {
    const piece = await stream.read();
    if (piece === undefined) break;
    await writeOut(outgoing, piece);
  }
  outgoing.end();
}

/** Writes, and waits until the connection took it or is gone, so that unread lines can be counted. */
async function writeOut(outgoing: ServerResponse, piece: string | Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.once("close", resolve);
  outgoing.write(piece, () => resolve());
  await promise;
  outgoing.off("close", resolve);
}

/** A request that knows whether anybody has begun to read its body. */
type IncomingRequest = HttpRequest & { isBodyRead(): boolean };

function requestOf(incoming: IncomingMessage): IncomingRequest {
  let isRead = false;
  // Clients behind a proxy may name the server as well (RFC 9112 section 3.2.2).
  const url = (incoming.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "");
  const question = url.indexOf("?");
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  const peer = incoming.socket.remoteAddress ?? "";
  return {
    method: incoming.method ?? "GET",
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? "" : url.slice(question + 1)),
    headers,
    fromLoopback: LOOPBACK.test(peer),
    readBody: () => {
      isRead = true;
      return readBody(incoming);
    },
    isBodyRead: () => isRead,
  };
}

function readBody(incoming: IncomingMessage): Promise<Uint8Array> {
  const { headers } = incoming;
  const hasBody = headers["transfer-encoding"] !== undefined ||
    Number(headers["content-length"] ?? 0) > 0;
  // Some releases of the runtime never tell the end of a body that was not there.
  if (!hasBody) return Promise.resolve(new Uint8Array());
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const chunks: Uint8Array[] = [];
  let length = 0;
  incoming.on("data", (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) chunks.push(chunk);
  });
  incoming.on("end", () => {
    if (length <= BODY_BYTES_MAX) return resolve(concat(chunks, length));
    const message = `Request entity too large: limit is ${BODY_BYTES_MAX} bytes`;
    reject(new RequestBodyError(413, message));
  });
  // The client does not read this, and it is not a fault of the server.
  const left = () =>
    reject(new RequestBodyError(400, "the client left before it had sent its request"));
  incoming.on("error", left);
  incoming.on("close", left);
  return promise;
}

function concat(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, position);
    position += chunk.length;
  }
  return bytes;
}
