/** The body of a watch: lines that wait for the client to read them. */

/**
 * Unread text at which a watch is ended and its backlog dropped: the client may never read it, and
 * goes on from the last line that it has.
 */
const BACKLOG_CHARS_MAX = 16 * 1024 * 1024;

/** Lines that are fed from one side and read from the other. */
export class WatchStream {
  readonly #onEnd: () => void;
  #lines: string[] = [];
  #chars = 0;
  #ended = false;
  #wakeReader: (() => void) | undefined;

  /** @param onEnd Called once, when the stream ends from either side. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** Adds lines that must not end the watch however many they are: its first ones. */
  pushInitial(lines: readonly string[]): void {
    for (const line of lines) this.#lines.push(line);
    this.#wake();
  }

  /** Adds a line; ends the watch when the client reads too slowly. */
  push(line: string): void {
    if (this.#ended) return;
    this.#lines.push(line);
    this.#chars += line.length;
    if (this.#chars > BACKLOG_CHARS_MAX) return this.cancel();
    this.#wake();
  }

  /** Ends the stream once what waits is read; calling again does nothing. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  /** Ends the stream and drops what waits, because nobody reads it any more. */
  cancel(): void {
    this.#lines = [];
    this.end();
  }

  /**
   * All lines that wait, or the next one when none does; one reader at a time.
   *
   * @returns `undefined` at the end.
   */
  async read(): Promise<string | undefined> {
    if (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if (this.#lines.length === 0) return undefined;
    const text = this.#lines.join("");
    this.#lines = [];
    this.#chars = 0;
    return text;
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }
}
