/** The body of a watch: lines that wait for the client to read them. */

/** Unread text at which a watch is ended: its client has to list again. */
const BACKLOG_CHARS_MAX = 16 * 1024 * 1024;

/** A stream of lines that is fed from outside. */
export class WatchStream {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly #encoder = new TextEncoder();
  #controller!: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;
  #lines: string[] = [];
  #chars = 0;
  #ended = false;
  #cancelled = false;
  #wakeReader: (() => void) | undefined;
  readonly #onEnd: () => void;

  /** @param onEnd Called once, when the client leaves or the stream is ended. */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
    // Without a high-water mark nothing is read ahead, so unread lines are counted in one place.
    this.body = new ReadableStream(
      {
        start: (controller) => void (this.#controller = controller),
        pull: () => this.#deliver(),
        cancel: () => {
          this.#cancelled = true;
          this.end();
        },
      },
      { highWaterMark: 0 },
    );
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
    if (this.#chars > BACKLOG_CHARS_MAX) this.end();
    this.#wake();
  }

  /** Ends the stream once what waits is read; calling again does nothing. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  async #deliver(): Promise<void> {
    if (this.#lines.length === 0 && !this.#ended) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if (this.#cancelled) return;
    if (this.#lines.length > 0) {
      const text = this.#lines.join("");
      this.#lines = [];
      this.#chars = 0;
      this.#controller.enqueue(this.#encoder.encode(text));
    } else {
      this.#controller.close();
    }
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }
}
