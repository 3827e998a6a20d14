/**
 * A listener with TLS whose certificate can be changed without a client noticing. A socket of the runtime
 * keeps its certificate, and between two sockets for one port there would be a moment with none. So the
 * port is that of a front, which hands each connection on to a listener on loopback, as it comes. A new
 * certificate is a new one of those: new connections go there, and the ones before stay where they are.
 */

import { closeQuietly, pour } from "../base/octet_stream.ts";
import type { Accepted } from "./connection.ts";
import { type HttpListener, keepListening, listen, type ListenOptions } from "./listener.ts";

const LOOPBACK = "127.0.0.1";

/** Longer than clients keep a connection that they do not use, which is 90 seconds. */
const RETIRED_MS = 120_000;

/** Options of the listener. */
export type RenewableOptions = Omit<ListenOptions, "tls" | "serve" | "intercept">;

/** A certificate and its key, as PEM texts. */
type Tls = NonNullable<ListenOptions["tls"]>;

/** A listener behind the front. */
interface Back {
  readonly listener: HttpListener;
  /** Whether its connections end after their next answer. */
  isRetired: boolean;
}

/** Listens from the first certificate on. */
export class RenewableListener implements HttpListener {
  readonly #options: RenewableOptions;
  readonly #retiring = new Map<Back, ReturnType<typeof setTimeout>>();
  #front: HttpListener | undefined;
  #back: Back | undefined;

  constructor(options: RenewableOptions) {
    this.#options = options;
  }

  get port(): number {
    return this.#front?.port ?? this.#options.port;
  }

  unready(): string | undefined {
    if (this.#front === undefined) return "there is no certificate yet";
    return this.#front.unready() ?? this.#back?.listener.unready();
  }

  /**
   * Takes another certificate for all connections from now on.
   *
   * @throws {ListenError} when no port of loopback can be had; then all stays as it is.
   */
  use(tls: Tls): void {
    const before = this.#back;
    this.#back = this.#open(tls);
    if (before !== undefined) this.#retire(before);
    this.#front ??= keepListening({
      ...this.#options,
      serve: (accepted) => relay(accepted, this.#back!.listener.port),
    });
  }

  async close(): Promise<void> {
    const retiring = [...this.#retiring.keys()];
    for (const timer of this.#retiring.values()) clearTimeout(timer);
    this.#retiring.clear();
    const front = this.#front?.close();
    const backs = [...retiring, ...this.#back === undefined ? [] : [this.#back]];
    await Promise.all(backs.map(({ listener }) => listener.close()));
    await front;
  }

  #open(tls: Tls): Back {
    // Only the port that clients know is counted.
    const { isLast = () => false, metrics: _, ...options } = this.#options;
    const back: Back = {
      isRetired: false,
      listener: listen({
        ...options,
        hostname: LOOPBACK,
        port: 0,
        tls,
        isLast: () => back.isRetired || isLast(),
      }),
    };
    return back;
  }

  #retire(back: Back): void {
    back.isRetired = true;
    const timer = setTimeout(() => {
      this.#retiring.delete(back);
      void back.listener.close();
    }, RETIRED_MS);
    this.#retiring.set(back, timer);
  }
}

/** Hands octets on in both directions until the connection ends. Never rejects. */
async function relay({ conn, tracked }: Accepted, port: number): Promise<void> {
  // The listener behind looks at how long everything takes.
  tracked.enter("handling");
  let back: Deno.TcpConn | undefined;
  const closeBack = () => back === undefined || closeQuietly(back);
  try {
    back = await Deno.connect({ hostname: LOOPBACK, port });
    back.setNoDelay(true);
    (conn as Deno.TcpConn).setNoDelay(true);
    // The connection ends when the listener behind has ended it, not when the client has sent its last.
    const asked = copy(conn, back).catch(closeBack);
    await copy(back, conn);
    tracked.enter("closing");
    await asked;
  } catch {
    // One side is gone, so the other one has to go.
  } finally {
    closeBack();
    tracked.close();
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn): Promise<void> {
  await pour(from, to);
  await to.closeWrite();
}
