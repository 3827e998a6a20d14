/**
 * The HTTP listener of everything that the process serves, with TLS or without. It accepts connections
 * itself, because the servers of the runtime bound neither their number nor their time in every release,
 * and a failed accept ends them, or the process.
 */

import { errorOf } from "../base/errors.ts";
import { closeQuietly } from "../base/octet_stream.ts";
import type { RateLimit } from "../base/token_bucket.ts";
import type { Logger } from "../observe/logger.ts";
import { type Accepted, type ConnectionParts, serveConnection } from "./connection.ts";
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  ConnectionTable,
  type SocketControl,
  TrackedConnection,
} from "./connection_table.ts";
import type { HttpRequest, HttpResponse, Intercept } from "./exchange.ts";
import type { HttpMetrics } from "./http_metrics.ts";
import { isClientFault, ListenError } from "./listen_error.ts";
import { type MemoryBudget, PROCESS_BUDGET } from "./memory_budget.ts";
import { ownNames } from "./own_names.ts";
import { BODY_BYTES_MAX } from "./request_body.ts";
import { RequestRates } from "./request_rates.ts";

/** How long requests in flight may take at the end. */
const CLOSE_MS_MAX = 2000;
/** Pauses after an accept that failed, and between attempts to listen. */
const ACCEPT_PAUSE_MS = { first: 5, max: 1000 };
const LISTEN_PAUSE_MS = { first: 250, max: 15_000 };
/** Failures in a row from which on a listener counts as deaf. */
const DEAF_FAILURES = 3;

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
  readonly metrics?: HttpMetrics | undefined;
  /** What to do about an address that cannot be had, for the log: the end of a sentence. */
  readonly cure?: string;
  /** Absent: the runtime's sockets stay as they are. */
  readonly sockets?: SocketControl | undefined;
  readonly limits?: ConnectionLimits | undefined;
  readonly budget?: MemoryBudget;
  /** Names of this server besides those of the host, in lower case. */
  readonly names?: readonly string[];
  /** Requests of each client; absent for no limit. A request that comes too early waits. */
  readonly requestRate?: RateLimit | undefined;
  /** Largest body of a request, in octets; absent for that of kube-apiserver. */
  readonly bodyBytesMax?: number;
  /** Whether an answer is the last one on its connection; by default connections stay. */
  readonly isLast?: () => boolean;
  /** What becomes of a connection; by default its requests are answered. Never rejects. */
  readonly serve?: (accepted: Accepted) => Promise<void>;
}

/** A listener that answers requests. */
export interface HttpListener {
  /** The port that is listened on, or will be; 0 while any is wanted and none is found. */
  readonly port: number;
  /** A sentence that says why no client gets through; `undefined` when they do. */
  unready(): string | undefined;
  /** Stops listening, lets requests in flight finish, closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts to listen.
 *
 * @throws {ListenError} when the address cannot be listened on.
 */
export function listen(options: ListenOptions): HttpListener {
  const listener = new Listener(options);
  listener.open();
  void listener.run();
  return listener;
}

/**
 * Starts to listen, and tries again until it works: while the address cannot be had, a log line and
 * {@link HttpListener.unready} say why. Never throws.
 */
export function keepListening(options: ListenOptions): HttpListener {
  const listener = new Listener(options);
  listener.tryOpen();
  void listener.run();
  return listener;
}

class Listener implements HttpListener {
  readonly #options: ListenOptions;
  readonly #table: ConnectionTable;
  readonly #parts: ConnectionParts;
  readonly #inFlight = new Set<Promise<void>>();
  readonly #ending: { own: string; peer: string }[] = [];
  #wake: (() => void) | undefined;
  #isClosing = false;
  #port: number;
  #socket: Deno.Listener | undefined;
  /** Why nobody gets through. */
  #problem: string | undefined;
  #failures = 0;

  constructor(options: ListenOptions) {
    const { metrics } = options;
    this.#options = options;
    this.#port = options.port;
    this.#table = new ConnectionTable(
      options.limits ?? CONNECTION_LIMITS,
      (reason) => metrics?.cut(reason),
    );
    this.#parts = {
      handle: options.handle,
      intercept: options.intercept ?? ((exchange) => exchange.handle()),
      log: options.log,
      names: new Set([...ownNames(), ...options.names ?? []]),
      rates: options.requestRate && new RequestRates(options.requestRate),
      budget: options.budget ?? PROCESS_BUDGET,
      onBudgetCut: () => metrics?.cut("budget"),
      bodyBytesMax: options.bodyBytesMax ?? BODY_BYTES_MAX,
      isClosing: () => this.#isClosing,
      isLast: options.isLast ?? (() => false),
    };
  }

  get port(): number {
    return this.#port;
  }

  unready(): string | undefined {
    return this.#isClosing ? "the listener is closed" : this.#problem;
  }

  /** @throws {ListenError} when the address cannot be listened on. */
  open(): void {
    const { hostname, tls, metrics, sockets } = this.#options;
    const address = { hostname, port: this.#port };
    let socket: Deno.Listener | undefined;
    try {
      socket = tls === undefined
        ? Deno.listen(address)
        : Deno.listenTls({ ...address, ...tls, alpnProtocols: ["http/1.1"] });
      sockets?.prepareListener(formatAddress(socket.addr));
    } catch (error) {
      socket?.close();
      throw new ListenError(`${hostname}:${this.#port}`, errorOf(error));
    }
    this.#socket = socket;
    this.#port = (socket.addr as Deno.NetAddr).port;
    this.#problem = undefined;
    metrics?.listening(true);
  }

  /** Opens the socket; logs the first failure of several. */
  tryOpen(): void {
    const { log, cure } = this.#options;
    const hadProblem = this.#problem !== undefined;
    try {
      this.open();
      if (hadProblem) log.log("info", "http listener is listening", { address: this.#address() });
    } catch (error) {
      const { message, blamesAddress } = error as ListenError;
      this.#problem = message;
      const advice = blamesAddress && cure !== undefined ? `; ${cure}` : "";
      if (!hadProblem) {
        log.log("warn", "http listener cannot listen yet", { reason: `${message}${advice}` });
      }
    }
  }

  /** Accepts connections until the listener is closed. Never rejects. */
  async run(): Promise<void> {
    for (let failures = 0; !this.#isClosing;) {
      if (this.#socket !== undefined) {
        failures = 0;
        await this.#accept(this.#socket);
      } else {
        await this.#pause(LISTEN_PAUSE_MS, failures++);
        if (!this.#isClosing) this.tryOpen();
      }
    }
  }

  async #accept(socket: Deno.Listener): Promise<void> {
    try {
      this.#start(await socket.accept());
      this.#failures = 0;
      this.#problem = undefined;
    } catch (error) {
      if (this.#isClosing) return;
      await this.#acceptFailed(errorOf(error));
    }
  }

  /** Descriptors may be short, or the client has left in the queue: neither is the socket's fault. */
  async #acceptFailed(error: Error): Promise<void> {
    const { log, metrics } = this.#options;
    if (isClientFault(error)) return;
    metrics?.acceptFailed();
    if (error instanceof Deno.errors.BadResource) {
      // The socket itself is gone.
      this.#socket = undefined;
      metrics?.listening(false);
      this.#problem = `cannot listen on ${this.#address()}: ${error.message}`;
      return;
    }
    this.#table.closeIdle();
    if (++this.#failures === DEAF_FAILURES) {
      this.#problem = `cannot accept connections on ${this.#address()}: ${error.message}`;
      log.log("warn", "http listener cannot accept connections", { error });
    }
    await this.#pause(ACCEPT_PAUSE_MS, this.#failures);
  }

  #start(conn: Deno.Conn): void {
    const { metrics, serve = (accepted) => serveConnection(accepted, this.#parts) } = this.#options;
    const tracked = new TrackedConnection(
      (conn.remoteAddr as Deno.NetAddr).hostname,
      this.#options.tls === undefined ? "head" : "handshake",
      (isCut) => {
        closeQuietly(conn);
        if (isCut) this.#endSoon(conn);
      },
      () => performance.now(),
    );
    if (!this.#table.add(tracked)) return tracked.close();
    metrics?.connections(this.#table.size);
    const served = serve({ conn, tracked }).finally(() => {
      this.#inFlight.delete(served);
      this.#table.remove(tracked);
      metrics?.connections(this.#table.size);
    });
    this.#inFlight.add(served);
  }

  /** All that are cut off in one turn are looked for together, because each search takes a moment. */
  #endSoon({ localAddr, remoteAddr }: Deno.Conn): void {
    const { sockets } = this.#options;
    if (sockets === undefined) return;
    if (this.#ending.length === 0) {
      queueMicrotask(() => sockets.endConnections(this.#ending.splice(0)));
    }
    this.#ending.push({ own: formatAddress(localAddr), peer: formatAddress(remoteAddr) });
  }

  /** Waits longer after each failure, or until the listener is closed. */
  async #pause({ first, max }: typeof LISTEN_PAUSE_MS, failures: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const timer = setTimeout(resolve, Math.min(first * 2 ** failures, max));
    await promise;
    clearTimeout(timer);
  }

  #address(): string {
    return `${this.#options.hostname}:${this.#port}`;
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.#wake?.();
    if (this.#socket !== undefined) closeQuietly(this.#socket);
    this.#options.metrics?.listening(false);
    this.#table.closeAll({ idleOnly: true });
    const late = Promise.withResolvers<void>();
    const deadline = setTimeout(late.resolve, CLOSE_MS_MAX);
    await Promise.race([Promise.allSettled(this.#inFlight), late.promise]);
    clearTimeout(deadline);
    this.#table.closeAll({ idleOnly: false });
    await Promise.allSettled(this.#inFlight);
  }
}

function formatAddress(address: Deno.Addr): string {
  const { hostname, port } = address as Deno.NetAddr;
  return `${hostname}:${port}`;
}
