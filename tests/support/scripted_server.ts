/**
 * An HTTP/1.1 server on loopback that does to its clients whatever a test wants: resets, silence,
 * half an answer. Answers are written by hand, so that nothing corrects them.
 */

import { once } from "node:events";
import { createServer } from "node:net";
import type { Server, Socket } from "node:net";
import { Exchange } from "./scripted_exchange.ts";

/** What a test does with a request; the connection is closed when it throws. */
export type Script = (exchange: Exchange) => Promise<void> | void;

/** Listens until it is closed. */
export class ScriptedServer {
  /** Requests so far, such as `GET /api/v1/namespaces?limit=1`. */
  readonly requests: string[] = [];
  /** Connections that were accepted so far. */
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

  /** Closes everything; again does nothing. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, "close");
    this.#server.close();
    for (const socket of this.#open) socket.destroy();
    await Promise.all(this.#serving);
    await closed;
  }

  async #serve(socket: Socket, script: Script): Promise<void> {
    socket.setNoDelay(true);
    // Resets and aborts show up where the script reads or writes.
    socket.on("error", () => {});
    const input = socket[Symbol.asyncIterator]();
    try {
      for (;;) {
        const exchange = await Exchange.begin(socket, input);
        if (exchange === undefined) break;
        this.requests.push(`${exchange.method} ${exchange.target}`);
        await script(exchange);
        if (exchange.ended) break;
      }
    } catch {
      // The client is gone, or the test has closed the server.
    }
    this.#open.delete(socket);
    socket.destroy();
  }
}
