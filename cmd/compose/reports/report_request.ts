/**
 * Asks an agent over TLS. It is reached by the address of its pod, and has to prove that it has the key of
 * a certificate that the controller made for it. Only then is the token sent.
 */

import { messageOf } from "../../../lib/base/errors.ts";
import {
  type ReportCredentials,
  ReportRefused,
  type ReportRequest,
} from "../../../lib/controller/agents/report/report_source.ts";
import { REPORT_BYTES_MAX } from "../../../lib/reconcile/agent_report.ts";
import { AGENT_HOST } from "./report_secret.ts";

/** Where agents serve their reports. */
export const REPORT_PORT = 8443;

/** Longest head of an answer. */
const HEAD_BYTES_MAX = 8192;

/**
 * Asks, and gives the body of the answer. The connection ends with it: the next question is half a minute
 * away.
 *
 * @throws {ReportRefused} when the certificate or the token is not the one that the other side knows.
 * @throws {Error} when there is no answer, or none that can be used.
 */
export async function fetchReport(
  { ip, credentials, lastSeen, port = REPORT_PORT }: ReportRequest & { readonly port?: number },
  signal: AbortSignal,
): Promise<string> {
  const tcp = await Deno.connect({ hostname: ip, port, signal });
  const conn = await proven(tcp, credentials, signal);
  const close = () => closeQuietly(conn);
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    // An answer to HTTP/1.0 ends with the connection, and comes in one piece (RFC 9112 section 6.3).
    const head = [
      `GET /report${queryOf(lastSeen)} HTTP/1.0`,
      `Host: ${ip.includes(":") ? `[${ip}]` : ip}:${port}`,
      `Authorization: Bearer ${credentials.token}`,
      ...["Accept: application/json", "", ""],
    ];
    await writeAll(conn, new TextEncoder().encode(head.join("\r\n")));
    return await readBody(conn);
  } catch (error) {
    // Not that the connection was closed, but why.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", close);
    close();
  }
}

/** The connection once the other side has proved who it is. */
async function proven(
  tcp: Deno.TcpConn,
  { certificates }: ReportCredentials,
  signal: AbortSignal,
): Promise<Deno.TlsConn> {
  let conn: Deno.TcpConn | Deno.TlsConn = tcp;
  const close = () => closeQuietly(conn);
  signal.addEventListener("abort", close, { once: true });
  try {
    signal.throwIfAborted();
    const tls = await Deno.startTls(tcp, { hostname: AGENT_HOST, caCerts: [...certificates] });
    conn = tls;
    await tls.handshake();
    return tls;
  } catch (error) {
    close();
    signal.throwIfAborted();
    const message = messageOf(error);
    // The words of rustls; an interrupted handshake proves nothing.
    if (!/peer certificate/i.test(message)) throw error;
    throw new ReportRefused(`it is not known by the certificate of its Secret: ${message}`);
  } finally {
    signal.removeEventListener("abort", close);
  }
}

function queryOf(lastSeen: ReportRequest["lastSeen"]): string {
  if (lastSeen === undefined) return "";
  return `?lastSeen=1${lastSeen === "all" ? "" : `&mac=${encodeURIComponent(lastSeen.mac)}`}`;
}

async function writeAll(conn: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
}

/** The head of an answer, and where its body begins and ends. */
interface AnswerHead {
  readonly status: string;
  readonly start: number;
  /** `undefined` when it ends with the connection. */
  readonly end: number | undefined;
}

/** @throws {Error} when the answer is too long, or no whole one with status 200. */
async function readBody(conn: Deno.Conn): Promise<string> {
  const bytes = new Uint8Array(HEAD_BYTES_MAX + REPORT_BYTES_MAX);
  let length = 0;
  let head: AnswerHead | undefined;
  for (;;) {
    if (length === bytes.length) {
      throw new Error(`the answer has more than ${REPORT_BYTES_MAX} octets`);
    }
    const count = await conn.read(bytes.subarray(length));
    if (count === null) break;
    length += count;
    head ??= headOf(bytes.subarray(0, Math.min(length, HEAD_BYTES_MAX)));
    // Not every server says goodbye.
    if (head?.end !== undefined && length >= head.end) break;
  }
  if (head === undefined) throw new Error("the answer is not HTTP");
  const { status, start, end = length } = head;
  if (status === "401" || status === "403") {
    throw new ReportRefused("it does not accept the token of its Secret");
  }
  if (status !== "200") throw new Error(`it answers with status ${status}`);
  if (length < end) throw new Error("the answer ended too early");
  return new TextDecoder().decode(bytes.subarray(start, end));
}

/** @returns `undefined` while it is not whole. @throws {Error} when it is none. */
function headOf(bytes: Uint8Array): AnswerHead | undefined {
  const text = Array.from(bytes, (octet) => String.fromCharCode(octet)).join("");
  const headEnd = text.indexOf("\r\n\r\n");
  if (headEnd < 0) {
    if (bytes.length < HEAD_BYTES_MAX) return undefined;
    throw new Error("the answer is not HTTP");
  }
  const [statusLine = "", ...headers] = text.slice(0, headEnd).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error("the answer is not HTTP");
  const start = headEnd + 4;
  const length = headers.map((line) => /^content-length: *(\d{1,9}) *$/i.exec(line)?.[1])
    .find((each) => each !== undefined);
  return { status, start, end: length === undefined ? undefined : start + Number(length) };
}

function closeQuietly(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch {
    // It has ended already.
  }
}
