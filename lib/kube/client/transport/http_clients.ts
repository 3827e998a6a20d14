/** The connections: one pool for requests that are answered at once, one for watches. */

import { isSameTlsMaterial, type TlsMaterial, tlsOptionsOf } from "../../access/tls_material.ts";

/** What a request needs its connection for. */
export type ConnectionUse = "unary" | "watch";

/** Requests in a row without any answer after which their connections are given up. */
const TIMEOUTS_MAX = 3;

/** Idle connections that are kept; requests under way are bounded elsewhere. */
const IDLE_CONNECTIONS_MAX = 8;

/**
 * Makes the runtime's HTTP clients and replaces them when certificates change or when connections
 * turn out to be dead.
 *
 * HTTP/1.1 only: a frozen HTTP/2 connection would be used again for every later request, while
 * with HTTP/1.1 a dead connection costs the one request that was on it.
 */
export class HttpClients {
  readonly #clients = new Map<ConnectionUse, { client: Deno.HttpClient; tls: TlsMaterial }>();
  readonly #proxy: Deno.Proxy | undefined;
  #timeoutsInRow = 0;

  /** @param proxy What connections go through; absent for the straight way. */
  constructor(proxy?: Deno.Proxy) {
    this.#proxy = proxy;
  }

  /** The client to use now. @throws {Error} when the runtime cannot use the certificates. */
  get(use: ConnectionUse, tls: TlsMaterial): Deno.HttpClient {
    const held = this.#clients.get(use);
    if (held !== undefined && isSameTlsMaterial(held.tls, tls)) return held.client;
    const client = Deno.createHttpClient({
      http2: false,
      poolMaxIdlePerHost: IDLE_CONNECTIONS_MAX,
      // A copy: Deno 2.6 notes something false about the transport in it, and refuses it the next time.
      ...(this.#proxy === undefined ? {} : { proxy: { ...this.#proxy } }),
      ...tlsOptionsOf(tls),
    });
    // Closing a client leaves its requests and streams under way alone.
    held?.client.close();
    this.#clients.set(use, { client, tls });
    return client;
  }

  /** Notes that a request was answered, with whatever status. */
  noteAnswer(): void {
    this.#timeoutsInRow = 0;
  }

  /** Notes that a request got no answer in time; after some in a row, connections are dropped. */
  noteTimeout(): void {
    this.#timeoutsInRow++;
    if (this.#timeoutsInRow < TIMEOUTS_MAX) return;
    this.#timeoutsInRow = 0;
    this.#clients.get("unary")?.client.close();
    this.#clients.delete("unary");
  }

  /** Closes what is idle; streams under way have to be ended by their readers. */
  close(): void {
    for (const { client } of this.#clients.values()) client.close();
    this.#clients.clear();
  }
}
