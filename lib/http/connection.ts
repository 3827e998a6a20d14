/** One connection: requests come in, each is answered in turn, and then the next one is read. */

import { errorOf } from "../base/errors.ts";
import type { Logger } from "../observe/logger.ts";
import { type AnswerForm, writeAnswer } from "./answer_writer.ts";
import { ByteReader } from "./byte_reader.ts";
import type { TrackedConnection } from "./connection_table.ts";
import {
  type BodyStream,
  type HttpRequest,
  type HttpResponse,
  type Intercept,
  textResponse,
} from "./exchange.ts";
import type { BudgetAccount, MemoryBudget } from "./memory_budget.ts";
import { isOwnHost, type OwnNames } from "./own_names.ts";
import type { RequestRates } from "./request_rates.ts";
import { RequestBody } from "./request_body.ts";
import { parseRequestHead, type RequestHead, RequestHeadError } from "./request_head.ts";

/** Also as a listener on all IPv6 addresses sees an IPv4 client (RFC 4291 section 2.5.5.2). */
const LOOPBACK = /^(::ffff:)?127\.|^::1$/;
/** What is read and dropped after the last answer, so that it is not lost to a reset. */
const DRAIN_BYTES_MAX = 8 * 1024 * 1024;
/** What is read ahead of a request that is still being answered. */
const READ_AHEAD_BYTES_MAX = 4 * 1024;

/** What all connections of a listener share. */
export interface ConnectionParts {
  /** When it rejects, the client is answered 500 and the error is logged. */
  readonly handle: (request: HttpRequest) => Promise<HttpResponse>;
  readonly intercept: Intercept;
  readonly log: Logger;
  readonly names: OwnNames;
  readonly budget: MemoryBudget;
  /** Absent: clients may go as fast as they can. */
  readonly rates: RequestRates | undefined;
  /** Called when a client is cut off because too much waits for all of them. */
  readonly onBudgetCut: () => void;
  /** Largest body of a request, in octets. */
  readonly bodyBytesMax: number;
  /** Whether the listener ends, and connections have to after their answer. */
  readonly isClosing: () => boolean;
  /** Whether an answer is the last one on its connection, though the listener goes on. */
  readonly isLast: () => boolean;
}

/** A connection as the listener accepted it. */
export interface Accepted {
  readonly conn: Deno.Conn;
  readonly tracked: TrackedConnection;
}

/** Serves a connection until either side ends it. Never rejects. */
export async function serveConnection(accepted: Accepted, parts: ConnectionParts): Promise<void> {
  const { conn, tracked } = accepted;
  try {
    if ("handshake" in conn) {
      await (conn as Deno.TlsConn).handshake();
      // Clients in Go open connections in reserve. One of those that is closed just when it is used for a
      // write loses the write: kube-apiserver has no review then, and denies the change.
      tracked.enter("idle");
    } else (conn as Deno.TcpConn).setNoDelay(true);
    await new Connection(accepted, parts).serve();
  } catch {
    // The client is gone, or it was cut off: nobody is left to tell.
  } finally {
    tracked.close();
  }
}

/** The request that is being answered. */
interface Exchange {
  readonly head: RequestHead;
  readonly body: RequestBody;
  readonly account: BudgetAccount;
  /** Whether the answer is sent, or nobody gets one. */
  isEnded: boolean;
}

class Connection {
  readonly #conn: Deno.Conn;
  readonly #tracked: TrackedConnection;
  readonly #parts: ConnectionParts;
  readonly #reader: ByteReader;

  constructor({ conn, tracked }: Accepted, parts: ConnectionParts) {
    this.#conn = conn;
    this.#tracked = tracked;
    this.#parts = parts;
    this.#reader = new ByteReader(conn);
  }

  async serve(): Promise<void> {
    while (!this.#parts.isClosing()) {
      const head = await this.#readHead();
      if (head === undefined) return;
      if (head instanceof RequestHeadError) return await this.#refuse(head);
      if (head.host !== undefined && !isOwnHost(head.host, this.#parts.names)) {
        return await this.#refuse(new RequestHeadError(421, notOurs(head.host)));
      }
      await this.#takeTurn();
      const left = await this.#answer(head);
      if (left === "unread") return await this.#drain();
      if (left === "end") return await this.#end();
      this.#tracked.enter("idle");
    }
  }

  /** Waits while the client asks too often, or until the connection is closed. */
  async #takeTurn(): Promise<void> {
    this.#tracked.enter("handling");
    const ms = this.#parts.rates?.waitMs(this.#tracked.source, performance.now()) ?? 0;
    if (ms === 0 || this.#tracked.isClosed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    this.#tracked.onClose = resolve;
    await promise;
    clearTimeout(timer);
    this.#tracked.onClose = undefined;
  }

  /** What the client has not taken of the answer goes out first. */
  async #end(): Promise<void> {
    this.#tracked.enter("reader");
    await this.#conn.closeWrite();
  }

  async #readHead(): Promise<RequestHead | RequestHeadError | undefined> {
    try {
      const text = await this.#reader.readHead(() => this.#tracked.enter("head"));
      return text === undefined ? undefined : parseRequestHead(text);
    } catch (error) {
      if (error instanceof RequestHeadError) return error;
      throw error;
    }
  }

  async #refuse({ status, message }: RequestHeadError): Promise<void> {
    const form = { isHead: false, minorVersion: 1, keepsAlive: false } as const;
    using account = this.#openAccount();
    await this.#send(textResponse(`${message}\n`, status), form, account);
    await this.#drain();
  }

  /**
   * Answers one request.
   *
   * @returns What is left on the connection: the next request, the rest of a body, or nothing.
   */
  async #answer(head: RequestHead): Promise<"next" | "unread" | "end"> {
    using account = this.#openAccount();
    const exchange = this.#exchangeOf(head, account);
    try {
      this.#tracked.enter("handling");
      const response = await this.#respond(exchange);
      const { body } = response;
      if (exchange.isEnded || this.#tracked.isClosed) {
        if (typeof body !== "string") body.cancel();
        return "unread";
      }
      const { isClosing, isLast } = this.#parts;
      const keepsAlive = head.keepsAlive && exchange.body.isComplete && !isClosing() && !isLast();
      const form = { isHead: head.method === "HEAD", minorVersion: head.minorVersion, keepsAlive };
      if (typeof body !== "string") this.#endWithClient(body, response, exchange);
      await this.#send(response, form, account);
      if (!exchange.body.isComplete) return "unread";
      return keepsAlive ? "next" : "end";
    } finally {
      exchange.isEnded = true;
      this.#tracked.onClose = undefined;
    }
  }

  #exchangeOf(head: RequestHead, account: BudgetAccount): Exchange {
    const body = new RequestBody({
      reader: this.#reader,
      framing: head.framing,
      bytesMax: this.#parts.bodyBytesMax,
      budget: this.#parts.budget,
      account,
      onStart: () => this.#startBody(head),
      onProgress: () => this.#tracked.progress(),
    });
    return { head, body, account, isEnded: false };
  }

  async #respond(exchange: Exchange): Promise<HttpResponse> {
    const { handle, intercept, log } = this.#parts;
    const { head: { method, target, headers }, body } = exchange;
    const question = target.indexOf("?");
    const request: HttpRequest = {
      method,
      path: question < 0 ? target : target.slice(0, question),
      query: new URLSearchParams(question < 0 ? "" : target.slice(question + 1)),
      headers,
      fromLoopback: LOOPBACK.test(this.#tracked.source),
      readBody: () => body.read().finally(() => this.#tracked.enter("handling")),
    };
    return await intercept({
      request,
      handle: () =>
        handle(request).catch((thrown) => {
          log.log("error", "http request failed", { error: errorOf(thrown) });
          return textResponse("internal error\n", 500);
        }),
      disconnect: (how) => {
        exchange.isEnded = true;
        if (how === "reset") this.#tracked.cut();
        else this.#conn.closeWrite().catch(() => {});
      },
    });
  }

  async #startBody({ awaitsContinue }: RequestHead): Promise<void> {
    this.#tracked.enter("body");
    if (!awaitsContinue || this.#reader.waiting.length > 0) return;
    await this.#conn.write(new TextEncoder().encode("HTTP/1.1 100 Continue\r\n\r\n"));
  }

  /** Cancels a stream when its client leaves, which only shows in what the client sends. */
  #endWithClient(stream: BodyStream, { headers }: HttpResponse, exchange: Exchange): void {
    this.#tracked.onClose = () => stream.cancel();
    // A client that has asked and sends no more may still read an answer that has an end.
    const endsByItself = headers["content-length"] !== undefined;
    const watch = async () => {
      while (this.#reader.waiting.length < READ_AHEAD_BYTES_MAX) {
        if (!await this.#reader.fill()) return endsByItself;
        if (exchange.isEnded) return true;
      }
      return true;
    };
    watch().catch(() => false).then((stays) => {
      if (!stays && !exchange.isEnded) this.#tracked.cut();
    });
  }

  /** While a client has nothing to read, it is not slow; a write that waits tells that it is. */
  async #send(response: HttpResponse, form: AnswerForm, account: BudgetAccount): Promise<void> {
    const sink = {
      write: async (bytes: Uint8Array) => {
        this.#tracked.enter("reader");
        const taken = await this.#conn.write(bytes);
        this.#tracked.enter("handling");
        return taken;
      },
    };
    await writeAnswer(response, form, { sink, account });
  }

  /**
   * Ends the connection so that the client gets the last answer: a close with something unread resets
   * the connection, and the reset may overtake the answer (RFC 9112 section 9.6).
   */
  async #drain(): Promise<void> {
    if (this.#tracked.isClosed) return;
    this.#tracked.enter("closing");
    await this.#conn.closeWrite();
    for (let left = DRAIN_BYTES_MAX; left > 0;) {
      this.#reader.skip(this.#reader.waiting.length);
      if (!await this.#reader.fill()) return;
      left -= this.#reader.waiting.length;
    }
  }

  #openAccount(): BudgetAccount {
    return this.#parts.budget.open(() => {
      this.#parts.onBudgetCut();
      this.#tracked.cut();
    });
  }
}

function notOurs(host: string): string {
  return `${
    JSON.stringify(host)
  } is not a name of this server: ask by its address, by localhost, ` +
    "or by the name of its host";
}
