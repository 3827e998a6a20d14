/**
 * An HTTP/1.1 server on loopback that does what a test tells it: resets, silence, half an answer. Answers are written by hand, so that nothing corrects them.
 */

import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { Exchange } from "./scripted_exchange.ts";

/** What a test does with a request; the connection is closed when it throws. */
export type Script = (exchange: Exchange) => Promise<void> | void;

/** Deno 2.6 does not report every socket that it closed, so the wait for that needs a limit. */
const CLOSE_MS_MAX = 100;

/** Listens until it is closed. */
export class ScriptedServer {
  /** Requests so far, such as `GET /api/v1/namespaces?limit=1`. */
  readonly requests: string[] = [];
  /** Connections accepted so far. */
  connections = 0;
  /** Without a slash at its end. */
  readonly url: string;
  readonly #server: Server;
  readonly #open = new Set<Socket>();
  readonly #serving = new Set<Promise<void>>();

  private constructor(server: Server, script: Script) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("not listening on TCP");
    this.url = `http://127.0.0.1:${address.port}`;
    this.#server = server;
    server.on("connection", (socket: Socket) => {
      this.connections++;
      this.#open.add(socket);
      const served = this.#serve(socket, script).finally(() => this.#serving.delete(served));
      this.#serving.add(served);
    });
  }

  /** Listens on a free port. */
  static async start(script: Script): Promise<ScriptedServer> {
    const server = createServer();
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ScriptedServer(server, script);
  }

  /** Connections that the server has not closed. */
  get openConnections(): number {
    return this.#open.size;
  }

  /** Closes everything; a second call does nothing. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await atMost(CLOSE_MS_MAX, Promise.all([closed, ...this.#serving]));
  }

  async #serve(socket: Socket, script: Script): Promise<void> {
    const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
    socket.setNoDelay(true);
    // The script sees resets and aborts where it reads or writes.
    socket.on("error", () => {});
    await Promise.race([this.#converse(socket, script), closed]);
    this.#open.delete(socket);
    socket.destroy();
  }

  async #converse(socket: Socket, script: Script): Promise<void> {
    const input = socket[Symbol.asyncIterator]();
    try {
      for (;;) {
        const exchange = await Exchange.begin(socket, input);
        if (exchange === undefined) return;
        this.requests.push(`${exchange.method} ${exchange.target}`);
        await script(exchange);
        if (exchange.ended) return;
      }
    } catch {
      // The client is gone, or the test has closed the server.
    }
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  await Promise.race([work, late.promise]);
  clearTimeout(timer);
}
