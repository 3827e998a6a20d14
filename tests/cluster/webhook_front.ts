/** The one port at which API servers reach the replicas of a webhook. */

import { closeQuietly } from "../../lib/base/octet_stream.ts";

/** What a Service does: new connections go to the replicas in turn, and past those that are gone. */
export class Front implements Disposable {
  ports: readonly number[] = [];
  readonly #listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  #next = 0;

  constructor() {
    void this.#run();
  }

  get url(): string {
    return `https://127.0.0.1:${this.#listener.addr.port}`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #run(): Promise<void> {
    for await (const client of this.#listener) void this.#relay(client);
  }

  async #relay(client: Deno.TcpConn): Promise<void> {
    for (let i = 0; i < this.ports.length; i++) {
      const port = this.ports[this.#next++ % this.ports.length]!;
      try {
        const replica = await Deno.connect({ hostname: "127.0.0.1", port });
        // As Go's clients have it: a body that waits for the acknowledgement of its head takes 40 ms.
        for (const conn of [client, replica]) conn.setNoDelay(true);
        // What a replica that was killed leaves ends at once, as without anybody in between.
        await Promise.race([
          client.readable.pipeTo(replica.writable),
          replica.readable.pipeTo(client.writable),
        ]).catch(() => {});
        for (const conn of [client, replica]) closeQuietly(conn);
        return;
      } catch {
        // The next one.
      }
    }
    client.close();
  }
}
