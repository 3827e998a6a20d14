/** Reads what comes after the head of an answer: as chunks, as text, or as lines. */

import { type AnswerMeter, FAILURE_OCTETS_MAX, sizeOf } from "./answer_limits.ts";

/** What the runtime reads from a connection at once. */
const CHUNK_BYTES_MAX = 64 * 1024;

/**
 * Gives the chunks of a body until it ends. However the loop over them ends, the connection is not
 * left with an unread body, which would keep it open.
 *
 * The abort is carried to the stream by hand: the runtime ties the signal of `fetch` to the body by
 * a weak reference only, and once that is collected an abort no longer reaches a body that is read.
 *
 * All chunks are views of one buffer, each good until the next is asked for. Buffers of their own would
 * wait for the garbage collector, which does not see how large they are: after a list of 10,000
 * objects, they held more memory than the objects.
 *
 * @throws the signal's reason when it aborts, or the stream's own error.
 */
export async function* readChunks(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = body.getReader({ mode: "byob" });
  let buffer = new ArrayBuffer(CHUNK_BYTES_MAX);
  // Rejects with the error of the stream when it is broken already.
  const cancel = () => reader.cancel().catch(() => undefined);
  signal.addEventListener("abort", cancel, { once: true });
  try {
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read(new Uint8Array(buffer));
      signal.throwIfAborted();
      if (done) return;
      yield value;
      buffer = value.buffer;
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    await cancel();
  }
}

/**
 * The whole body as text.
 *
 * @param meter Counts it.
 * @throws {AnswerTooLargeError} or like {@link readChunks}.
 */
export async function readText(
  response: Response,
  signal: AbortSignal,
  meter: AnswerMeter,
): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of chunksOf(response, signal)) {
    meter.count(sizeOf(chunk));
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

/** The beginning of what an answer says about a failure. @throws like {@link readChunks}. */
export async function readFailure(response: Response, signal: AbortSignal): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let octets = 0;
  for await (const chunk of chunksOf(response, signal)) {
    octets += chunk.length;
    text += decoder.decode(chunk, { stream: true });
    if (octets >= FAILURE_OCTETS_MAX) break;
  }
  return text + decoder.decode();
}

async function* chunksOf(
  { body }: Response,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* readChunks(body, signal);
}

/** Splits bytes at line feeds in linear time, wherever the chunks of the network end. */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  /** Parts of the line that is not complete yet, joined once at its end. */
  #parts: string[] = [];

  /** Whether a line has begun and not ended. */
  get isWithinLine(): boolean {
    return this.#parts.length > 0;
  }

  /** Whether a line goes on that has filled a whole chunk already. */
  get isWithinLongLine(): boolean {
    return this.#parts.length > 1;
  }

  /**
   * Takes the next chunk.
   *
   * @returns The lines that it completes, without their line feeds; empty lines are left out.
   * @throws {TypeError} when the bytes are no UTF-8.
   */
  push(chunk: Uint8Array): string[] {
    const text = this.#decoded(() => this.#decoder.decode(chunk, { stream: true }));
    const lines: string[] = [];
    let start = 0;
    for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n", start)) {
      this.#hold(text.slice(start, end));
      const line = this.#take();
      if (line !== "") lines.push(line);
      start = end + 1;
    }
    this.#hold(text.slice(start));
    return lines;
  }

  /**
   * Ends the stream.
   *
   * @returns The last line when it had no line feed; else an empty text.
   * @throws {TypeError} when the stream ended within a character.
   */
  end(): string {
    this.#hold(this.#decoded(() => this.#decoder.decode()));
    return this.#take();
  }

  #decoded(decode: () => string): string {
    try {
      return decode();
    } catch (error) {
      throw new TypeError("the API server sent something that is no UTF-8", { cause: error });
    }
  }

  #hold(part: string): void {
    if (part !== "") this.#parts.push(part);
  }

  #take(): string {
    const line = this.#parts.join("");
    this.#parts = [];
    return line;
  }
}
