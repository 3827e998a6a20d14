/** The listening socket of the HTTP endpoints. */

import { errorOf, messageOf } from "../base/errors.ts";
import type { Logger } from "../observe/logger.ts";
import type { DumpAccess } from "./http_endpoints.ts";

/** The address cannot be listened on; the message says why and what helps. */
export class ListenError extends Error {
  override readonly name = "ListenError";
}

export interface HttpServerOptions {
  readonly hostname: string;
  /** 0 for any free one. */
  readonly port: number;
  readonly dumpsEverywhere: boolean;
  readonly log: Logger;
  readonly handle: (request: Request, access: DumpAccess) => Promise<Response>;
}

/** A running server. */
export interface HttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws {ListenError} when the port is taken, may not be used, or the address is not ours.
 */
export function startHttpServer(options: HttpServerOptions): HttpServer {
  const { hostname, port, log } = options;
  try {
    const server = Deno.serve({
      hostname,
      port,
      onListen: () => {},
      onError: (error) => {
        log.log("error", "http request failed", { error: errorOf(error) });
        return new Response("internal error\n", { status: 500 });
      },
    }, (request, { remoteAddr }) => {
      const fromLoopback = isLoopback(remoteAddr.hostname);
      return options.handle(request, { fromLoopback, enabledEverywhere: options.dumpsEverywhere });
    });
    return { port: server.addr.port, close: () => server.shutdown() };
  } catch (error) {
    throw new ListenError(`cannot listen on ${hostname}:${port}: ${reasonOf(error)}`);
  }
}

function isLoopback(hostname: string): boolean {
  return hostname.startsWith("127.") || hostname === "::1";
}

function reasonOf(error: unknown): string {
  if (error instanceof Deno.errors.AddrInUse) {
    return "the port is in use by another process; choose another one with --http ADDR:PORT";
  }
  if (error instanceof Deno.errors.AddrNotAvailable) {
    return "no interface of this host has the address; choose another one with --http ADDR:PORT";
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return "ports below 1024 need CAP_NET_BIND_SERVICE; choose another one with --http ADDR:PORT";
  }
  return messageOf(error);
}
