/** The body of a watch: lines that wait for the client to read them. */

/**
 * Amount of unread text that ends a watch and drops its backlog. The client may never read it, and can
 * continue from its last line.
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

  /** Adds the first lines, which do not end the watch however many they are. */
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

  /** Ends the stream when the waiting lines are read; a second call does nothing. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  /** Ends the stream and drops the waiting lines, because the client is gone. */
  cancel(): void {
    this.#lines = [];
    this.end();
  }

  /**
   * All waiting lines, or else the next one. Allows one reader at a time.
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
