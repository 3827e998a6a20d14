/** Connections of our own to a server, straight or through an HTTP proxy (RFC 9110 section 9.3.6). */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { proxyCredentialsOf } from "../../access/proxy_credentials.ts";

/** Where a connection is to end. */
export interface TunnelTarget {
  /** An IPv6 address without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Time for the proxy to answer. */
const ANSWER_MS_MAX = 15_000;

/** Longest head of its answer. */
const HEAD_CHARS_MAX = 8192;

/**
 * Connects.
 *
 * @param proxyUrl Begins with `http://`; absent for the straight way.
 * @throws {Error} when no connection comes about.
 */
export async function openTunnel(
  target: TunnelTarget,
  proxyUrl: string | undefined,
): Promise<Socket> {
  if (proxyUrl === undefined) return await connected(connect(target));
  const proxy = new URL(proxyUrl);
  const host = proxy.hostname.replace(/^\[|\]$/g, "");
  const socket = await connected(connect({ host, port: Number(proxy.port || 80) }));
  try {
    socket.write(requestOf(target, proxy));
    const [status] = (await headOf(socket)).split("\r\n", 1);
    if (!/^HTTP\/1\.[01] 2/.test(status!)) throw new Error("the proxy does not connect");
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function connected(socket: Socket): Promise<Socket> {
  try {
    await once(socket, "connect");
  } catch (error) {
    socket.destroy();
    throw error;
  }
  // Whoever reads from it sees its end.
  socket.on("error", () => {});
  return socket;
}

function requestOf({ host, port }: TunnelTarget, proxy: URL): string {
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const credentials = proxyCredentialsOf(proxy);
  return [
    `CONNECT ${authority} HTTP/1.1`,
    `Host: ${authority}`,
    ...(credentials === undefined ? [] : [`Proxy-Authorization: Basic ${base64Of(credentials)}`]),
    ...["", ""],
  ].join("\r\n");
}

function base64Of({ username, password }: { username: string; password: string }): string {
  return new TextEncoder().encode(`${username}:${password}`).toBase64();
}

/** The server behind it says nothing before the client does, so nothing follows the head. */
async function headOf(socket: Socket): Promise<string> {
  const answer = Promise.withResolvers<string>();
  let head = "";
  const onData = (bytes: Uint8Array) => {
    head += new TextDecoder().decode(bytes);
    if (head.endsWith("\r\n\r\n")) {
      // Before the next read begins: TLS of Deno 2.6 cannot take the connection over during one.
      socket.pause();
      answer.resolve(head);
    } else if (head.length > HEAD_CHARS_MAX) {
      answer.reject(new Error("the proxy answers without end"));
    }
  };
  const onClose = () => answer.reject(new Error("the proxy does not answer"));
  const timer = setTimeout(onClose, ANSWER_MS_MAX);
  socket.on("data", onData).on("close", onClose);
  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    socket.off("data", onData).off("close", onClose);
  }
}
