/** Reads what comes after the head of an answer: as chunks, as text, or as lines. */

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

/** The whole body as text. @throws like {@link readChunks}. */
export async function readText(response: Response, signal: AbortSignal): Promise<string> {
  if (response.body === null) return "";
  const decoder = new TextDecoder();
  const parts: string[] = [];
  for await (const chunk of readChunks(response.body, signal)) {
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  parts.push(decoder.decode());
  return parts.join("");
}

/** Objects are at most about 1.5 MiB in etcd; escapes and managedFields make lines longer. */
const LINE_CHARS_MAX = 32 * 1024 * 1024;

/** Splits bytes at line feeds in linear time, wherever the chunks of the network end. */
export class LineSplitter {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  readonly #lineCharsMax: number;
  /** Parts of the line that is not complete yet, joined once at its end. */
  #parts: string[] = [];
  #partsChars = 0;

  /** @param lineCharsMax Bound of the memory that one line can take, in UTF-16 units. */
  constructor(lineCharsMax = LINE_CHARS_MAX) {
    this.#lineCharsMax = lineCharsMax;
  }

  /**
   * Takes the next chunk.
   *
   * @returns The lines that it completes, without their line feeds; empty lines are left out.
   * @throws {TypeError} when the bytes are no UTF-8.
   * @throws {RangeError} when a line is longer than allowed.
   */
  push(chunk: Uint8Array): string[] {
    const text = this.#decoder.decode(chunk, { stream: true });
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
    this.#hold(this.#decoder.decode());
    return this.#take();
  }

  #hold(part: string): void {
    if (part === "") return;
    this.#partsChars += part.length;
    if (this.#partsChars > this.#lineCharsMax) {
      throw new RangeError(`a line of the stream is longer than ${this.#lineCharsMax} characters`);
    }
    this.#parts.push(part);
  }

  #take(): string {
    const line = this.#parts.join("");
    this.#parts = [];
    this.#partsChars = 0;
    return line;
  }
}
