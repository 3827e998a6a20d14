/**
 * A connection that can be given up while TLS begins on it. The runtime keeps the socket of a handshake that
 * does not end until the other side closes it, even when it is told to close it. So TLS gets the end of a
 * connection within this process, and what passes between that and the other side ends when it is told to.
 */

import { closeQuietly, pour } from "../../../lib/base/octet_stream.ts";

/** The near end of a relay. */
export interface Relay {
  /** For TLS. */
  readonly near: Deno.TcpConn;
  /** Ends the connections, the one to the other side too. */
  close(): void;
}

/** Connects, and relays. @throws {Error} when there is no connection. */
export async function openRelay(
  target: { readonly hostname: string; readonly port: number },
  signal: AbortSignal,
): Promise<Relay> {
  const there = await Deno.connect({ ...target, signal });
  try {
    const [near, far] = await connectedPair(signal);
    for (const conn of [there, near, far]) conn.setNoDelay(true);
    const close = () => [there, far].forEach(closeQuietly);
    // The end of one is that of both, however it comes about.
    pour(far, there).then(close, close);
    pour(there, far).then(close, close);
    return { near, close };
  } catch (error) {
    closeQuietly(there);
    throw error;
  }
}

/** Two ends of one connection. */
async function connectedPair(
  signal: AbortSignal,
): Promise<readonly [Deno.TcpConn, Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  const near = await Deno.connect({ hostname: "127.0.0.1", port, signal });
  const own = (near.localAddr as Deno.NetAddr).port;
  for (;;) {
    const far = await listener.accept();
    if ((far.remoteAddr as Deno.NetAddr).port === own) return [near, far];
    // Any process of this host can connect.
    far.close();
  }
}
