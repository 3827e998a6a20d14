/** Cuts a stream of bytes into lines of text, for the JSON lines of a watch. */

/** Objects are at most about 1.5 MiB in etcd; escapes and managedFields make lines longer. */
export const LINE_CHARS_MAX = 32 * 1024 * 1024;

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
