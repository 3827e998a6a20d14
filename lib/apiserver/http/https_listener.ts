/**
 * HTTPS on loopback by `node:https`, because it sends without delay (TCP_NODELAY). `Deno.serve`
 * does not for TLS: it writes head and body apart, and the second write waits for the client's
 * delayed acknowledgement, 40 ms for every answer.
 */

import type { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ApiRequest, ApiResponse, BodyStream, Intercept } from "./http_exchange.ts";
import { ApiError, badRequest } from "./status.ts";

/** Loopback only: the server is for the processes of this host. */
const HOSTNAME = "127.0.0.1";
/** Largest body that is read, as in kube-apiserver. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;
/** How long requests in flight may take at the end. */
const CLOSE_MS_MAX = 2000;
/**
 * Idle connections stay: a client that sends a write on one that is just being closed cannot know
 * whether the write took effect.
 */
const KEEP_ALIVE_MS = 24 * 3600_000;

/** What a listener needs. */
export interface HttpsListenerOptions {
  /** 0 for any free port. */
  readonly port: number;
  /** PEM texts. */
  readonly tls: { readonly cert: string; readonly key: string };
  /** Never rejects. */
  readonly handle: (request: ApiRequest) => Promise<ApiResponse>;
  /** Absent: requests go straight to the handler. */
  readonly intercept?: Intercept | undefined;
}

/** A listener that answers requests. */
export interface HttpsListener {
  readonly port: number;
  /** Stops listening, lets requests in flight finish, closes every connection. */
  close(): Promise<void>;
}

/**
 * Listens.
 *
 * @throws {Deno.errors.AddrInUse} when the port is taken.
 */
export async function listenHttps(options: HttpsListenerOptions): Promise<HttpsListener> {
  const sockets = new Set<Socket>();
  const inFlight = new Set<Promise<void>>();
  const server = createServer(options.tls, (incoming, outgoing) => {
    const answered = answer(incoming, outgoing, options)
      .catch(() => void outgoing.destroy())
      .finally(() => inFlight.delete(answered));
    inFlight.add(answered);
  });
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on("secureConnection", (socket: Socket) => {
    socket.setNoDelay(true);
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  const listening = Promise.withResolvers<void>();
  server.once("error", (error: Error & { code?: string }) => {
    const message = `Cannot listen on ${HOSTNAME}:${options.port}: ${error.message}`;
    listening.reject(
      error.code === "EADDRINUSE"
        ? new Deno.errors.AddrInUse(message)
        : new Error(message, { cause: error }),
    );
  });
  server.listen(options.port, HOSTNAME, listening.resolve);
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
  { handle, intercept = (exchange) => exchange.handle() }: HttpsListenerOptions,
): Promise<void> {
  const request = requestOf(incoming);
  const { status, headers, body } = await intercept({
    request,
    handle: () => handle(request),
    disconnect: (how) => how === "reset" ? incoming.socket.destroy() : incoming.socket.end(),
  });
  const isGone = () => outgoing.destroyed || incoming.socket.writableEnded;
  // What nobody has read of the body would be in the way of the answer and of the next request.
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

/** Writes, and waits until the connection took it or is gone, so that unread lines stay countable. */
async function writeOut(outgoing: ServerResponse, piece: string | Uint8Array): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  outgoing.once("close", resolve);
  outgoing.write(piece, () => resolve());
  await promise;
  outgoing.off("close", resolve);
}

/** A request that knows whether anybody has begun to read its body. */
type IncomingRequest = ApiRequest & { isBodyRead(): boolean };

function requestOf(incoming: IncomingMessage): IncomingRequest {
  let isRead = false;
  // Clients behind a proxy may name the server as well (RFC 9112 section 3.2.2).
  const url = (incoming.url ?? "/").replace(/^https?:\/\/[^/?]*/i, "");
  const question = url.indexOf("?");
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(incoming.headers)) {
    headers[name] = Array.isArray(value) ? value.join(", ") : value;
  }
  return {
    method: incoming.method ?? "GET",
    path: question < 0 ? url : url.slice(0, question),
    query: new URLSearchParams(question < 0 ? "" : url.slice(question + 1)),
    headers,
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
    reject(new ApiError(413, "RequestEntityTooLarge", message));
  });
  // Nobody reads this, and it is no fault of the server.
  const left = () => reject(badRequest("the client left before it had sent its request"));
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
