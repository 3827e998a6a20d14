/**
 * Writes answers. Head and body leave in one write where they are small: a second one would wait until
 * the client has acknowledged the first, which it delays by 40 ms, and a TLS connection of Deno cannot
 * be told to send at once.
 */

import type { BodyStream, HttpResponse } from "./exchange.ts";
import type { BudgetAccount } from "./memory_budget.ts";

/** The part of a connection that is written. */
export interface ByteSink {
  /** As `Deno.Conn`: takes a part at least, and says how much. */
  write(bytes: Uint8Array): Promise<number>;
}

/** Where an answer goes. */
export interface AnswerTarget {
  readonly sink: ByteSink;
  readonly account: BudgetAccount;
}

/** What the answer has to be like. */
export interface AnswerForm {
  /** Whether the request was HEAD, whose answer has no body. */
  readonly isHead: boolean;
  readonly minorVersion: 0 | 1;
  /** Whether further requests may follow. */
  readonly keepsAlive: boolean;
}

/** What is encoded and written at a time; most answers are shorter. */
const PIECE_CHARS = 64 * 1024;
const NOTHING = new Uint8Array();
/** Turns of the microtask queue in which a stream may have its first piece ready. */
const READY_TURNS = 4;

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  409: "Conflict",
  410: "Gone",
  413: "Content Too Large",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
};

/** Sends an answer. @throws when the client is gone. */
export async function writeAnswer(
  { status, headers, body }: HttpResponse,
  form: AnswerForm,
  target: AnswerTarget,
): Promise<void> {
  if (typeof body !== "string") return await writeStream({ status, headers, body }, form, target);
  const pieces = body.length > PIECE_CHARS ? undefined : [...piecesOf(body)];
  const length = String(lengthOf(pieces ?? piecesOf(body)));
  const head = encodeHead(status, { ...headers, "content-length": length }, form);
  if (form.isHead) return await writeAll(head, target);
  target.account.hold({}, body.length);
  // Piece by piece, so that a long text is not there twice.
  let before = head;
  for (const piece of pieces ?? piecesOf(body)) {
    await writeAll(joined(before, piece), target);
    before = NOTHING;
  }
}

function lengthOf(pieces: Iterable<Uint8Array>): number {
  let bytes = 0;
  for (const { length } of pieces) bytes += length;
  return bytes;
}

/** A text in UTF-8; at least one piece. */
function* piecesOf(text: string): Generator<Uint8Array> {
  for (let start = 0, end: number; start < text.length || start === 0; start = end) {
    end = Math.min(start + PIECE_CHARS, text.length);
    // Both halves of a character that takes two stay together.
    if (end < text.length && isHighSurrogate(text.charCodeAt(end - 1))) end--;
    yield new TextEncoder().encode(text.slice(start, end));
    if (end === text.length) return;
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

type StreamResponse = HttpResponse & { readonly body: BodyStream };

/** A stream that knows its length says so in its headers; any other comes in chunks. */
async function writeStream(
  { status, headers, body }: StreamResponse,
  form: AnswerForm,
  target: AnswerTarget,
): Promise<void> {
  const chunked = headers["content-length"] === undefined && form.minorVersion === 1;
  const coding = chunked ? { "transfer-encoding": "chunked" } : {};
  // A client of HTTP/1.0 reads until the end of the connection.
  const keepsAlive = form.keepsAlive && form.minorVersion === 1;
  const head = encodeHead(status, { ...headers, ...coding }, { ...form, keepsAlive });
  try {
    if (form.isHead) return await writeAll(head, target);
    await writePieces(head, body, chunked, target);
  } finally {
    body.cancel();
  }
}

async function writePieces(
  head: Uint8Array,
  body: BodyStream,
  chunked: boolean,
  target: AnswerTarget,
): Promise<void> {
  let before = head;
  let next = body.read();
  // The client may wait for the head before anything happens.
  if (!await isReady(next)) {
    await writeAll(head, target);
    before = NOTHING;
  }
  for (;;) {
    const piece = await next;
    const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
    const framed = chunked ? chunkOf(bytes) : bytes ?? NOTHING;
    target.account.hold(framed, framed.length);
    await writeAll(joined(before, framed), target);
    target.account.release(framed);
    if (bytes === undefined) return;
    before = NOTHING;
    next = body.read();
  }
}

/** Whether the promise is settled in a moment, without waiting for the outside. */
async function isReady(promise: Promise<unknown>): Promise<boolean> {
  let ready = false;
  const note = () => void (ready = true);
  promise.then(note, note);
  for (let turn = 0; turn < READY_TURNS; turn++) await undefined;
  return ready;
}

/** Writes everything, and waits until the kernel has taken it. */
async function writeAll(bytes: Uint8Array, { sink, account }: AnswerTarget): Promise<void> {
  for (let sent = 0; sent < bytes.length;) {
    sent += await sink.write(bytes.subarray(sent));
    account.progress();
  }
}

function chunkOf(bytes: Uint8Array | undefined): Uint8Array {
  const encoder = new TextEncoder();
  if (bytes === undefined) return encoder.encode("0\r\n\r\n");
  // An empty chunk would be the end.
  if (bytes.length === 0) return bytes;
  const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
  return joined(joined(size, bytes), encoder.encode("\r\n"));
}

function encodeHead(
  status: number,
  headers: HttpResponse["headers"],
  { keepsAlive }: AnswerForm,
): Uint8Array {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? ""}`,
    `date: ${new Date().toUTCString()}`,
  ];
  for (const [name, values] of Object.entries(headers)) {
    for (const value of typeof values === "string" ? [values] : values) {
      // What a handler echoes of a request must not end the line.
      lines.push(`${name}: ${value.replaceAll(/[\r\n\0]/g, " ")}`);
    }
  }
  if (!keepsAlive) lines.push("connection: close");
  return new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`);
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) return second;
  if (second.length === 0) return first;
  const bytes = new Uint8Array(first.length + second.length);
  bytes.set(first);
  bytes.set(second, first.length);
  return bytes;
}
