/** A listener with short limits, and clients that write what they like. */

import "../network/load_libc.ts";
import {
  CONNECTION_LIMITS,
  type ConnectionLimits,
  type CutReason,
} from "../../../lib/http/connection_table.ts";
import { type HttpRequest, type HttpResponse, textResponse } from "../../../lib/http/exchange.ts";
import { type HttpListener, listen, type ListenOptions } from "../../../lib/http/listener.ts";
import { endConnections, prepareListener } from "../../../lib/sys/host/tcp_connections.ts";
import { RecordingLogger } from "../metrics/recording_logger.ts";

/** Limits that a test need not wait for. */
const SHORT_LIMITS: ConnectionLimits = {
  ...CONNECTION_LIMITS,
  phaseMs: { handshake: 100, head: 100, idle: 300, body: 200, closing: 100 },
  progressMs: { body: 200, reader: 200 },
  sweepMs: 10,
};

/** The request that most tests send. */
export const GET = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** A listener under test. */
export interface LimitedListener extends AsyncDisposable {
  readonly listener: HttpListener;
  /** Why connections were cut off so far. */
  readonly cuts: CutReason[];
  connect(): Promise<Deno.TcpConn>;
  /** All that is answered to a text, up to the end of the connection. */
  ask(text: string): Promise<string>;
}

/** Starts a listener that answers `fine`, unless the options say something else. */
export function listenWithLimits(options: Partial<ListenOptions> = {}): LimitedListener {
  const hostname = "127.0.0.1";
  const cuts: CutReason[] = [];
  const ignore = () => {};
  const listener = listen({
    hostname,
    port: 0,
    handle: () => Promise.resolve(textResponse("fine")),
    log: new RecordingLogger(),
    metrics: {
      listening: ignore,
      connections: ignore,
      acceptFailed: ignore,
      cut: (reason) => cuts.push(reason),
    },
    limits: SHORT_LIMITS,
    sockets: { endConnections, prepareListener },
    ...options,
  });
  const connect = () => Deno.connect({ hostname, port: listener.port });
  return {
    listener,
    cuts,
    connect,
    ask: async (text) => {
      using connection = await connect();
      await writeText(connection, text);
      return await readText(connection);
    },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}

/** Writes all of a text. */
export async function writeText(connection: Deno.Conn, text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let sent = 0; sent < bytes.length;) sent += await connection.write(bytes.subarray(sent));
}

/** What comes until the other side ends or resets the connection, or until a sign has come. */
export async function readText(connection: Deno.Conn, sign?: string): Promise<string> {
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (sign === undefined || !text.includes(sign)) {
    const length = await connection.read(buffer).catch(() => null);
    if (length === null) return text;
    text += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return text;
}

/** A handler that answers with the body of the request, or with why there is none. */
export async function echo(request: HttpRequest): Promise<HttpResponse> {
  try {
    return textResponse(`[${new TextDecoder().decode(await request.readBody())}]`);
  } catch (error) {
    return textResponse(`${error}`, (error as { status?: number }).status ?? 500);
  }
}
