/**
 * Asks an agent over TLS. It is reached by the address of its pod, and has to prove that it has the key of
 * a certificate that the controller made for it. Only then is the token sent.
 */

import { messageOf } from "../../../lib/base/errors.ts";
import { closeQuietly, writeWhole } from "../../../lib/base/octet_stream.ts";
import {
  ReportRefused,
  type ReportRequest,
} from "../../../lib/controller/agents/report/report_source.ts";
import { REPORT_PORT } from "../../../lib/reconcile/agent_deployment/wish/agent_pod.ts";
import { REPORT_BYTES_MAX } from "../../../lib/reconcile/agent_report.ts";
import { openRelay } from "./relay.ts";
import { AGENT_HOST } from "./report_secret.ts";

const HEAD_END = "\r\n\r\n";

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
  const relay = await openRelay({ hostname: ip, port }, signal);
  signal.addEventListener("abort", relay.close, { once: true });
  try {
    signal.throwIfAborted();
    const conn = await Deno.startTls(relay.near, {
      hostname: AGENT_HOST,
      caCerts: [...credentials.certificates],
    });
    try {
      await prove(conn);
      // An answer to HTTP/1.0 ends with the connection, and comes in one piece (RFC 9112 section 6.3).
      const head = [
        `GET /report${queryOf(lastSeen)} HTTP/1.0`,
        `Host: ${ip.includes(":") ? `[${ip}]` : ip}:${port}`,
        `Authorization: Bearer ${credentials.token}`,
        ...["Accept: application/json", "", ""],
      ];
      await writeWhole(conn, new TextEncoder().encode(head.join("\r\n")));
      return await readBody(conn);
    } finally {
      closeQuietly(conn);
    }
  } catch (error) {
    // The reason is the signal's; the error only says that the connection was closed.
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", relay.close);
    relay.close();
  }
}

/** Waits until the other side has proved who it is. */
async function prove(conn: Deno.TlsConn): Promise<void> {
  try {
    await conn.handshake();
  } catch (error) {
    const message = messageOf(error);
    // The words of rustls; an interrupted handshake proves nothing.
    if (!/peer certificate/i.test(message)) throw error;
    throw new ReportRefused(`it does not present the certificate of its Secret: ${message}`);
  }
}

function queryOf(lastSeen: ReportRequest["lastSeen"]): string {
  if (lastSeen === undefined) return "";
  return `?lastSeen=1${lastSeen === "all" ? "" : `&mac=${encodeURIComponent(lastSeen.mac)}`}`;
}

/** The head of an answer, and where its body begins and ends. */
interface AnswerHead {
  readonly status: string;
  readonly start: number;
  /** `undefined` when it ends with the connection. */
  readonly end: number | undefined;
}

/** @throws {Error} when the answer is too long or incomplete, or its status is not 200. */
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
    const before = length;
    length += count;
    // Look at each octet once, however small the pieces are.
    if (head === undefined && hasHead(bytes.subarray(Math.max(0, before - 3), length))) {
      head = headOf(bytes.subarray(0, length));
    }
    if (head === undefined && length > HEAD_BYTES_MAX) break;
    // A server may leave the connection open.
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

function hasHead(bytes: Uint8Array): boolean {
  return latin1(bytes).includes(HEAD_END);
}

/** @throws {Error} when the head is not HTTP. */
function headOf(bytes: Uint8Array): AnswerHead {
  const text = latin1(bytes);
  const headEnd = text.indexOf(HEAD_END);
  const [statusLine = "", ...headers] = text.slice(0, headEnd).split("\r\n");
  const status = /^HTTP\/1\.[01] (\d{3})\b/.exec(statusLine)?.[1];
  if (status === undefined) throw new Error("the answer is not HTTP");
  const start = headEnd + HEAD_END.length;
  const length = headers.map((line) => /^content-length: *(\d{1,9}) *$/i.exec(line)?.[1])
    .find((each) => each !== undefined);
  return { status, start, end: length === undefined ? undefined : start + Number(length) };
}

/** One character for each octet. */
function latin1(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}
