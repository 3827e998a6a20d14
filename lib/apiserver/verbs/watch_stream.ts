/** The body of a watch: lines that wait for the client to read them. */

import type { BodyStream } from "../../http/exchange.ts";
import { type BudgetAccount, type MemoryBudget, PROCESS_BUDGET } from "../../http/memory_budget.ts";

/**
 * Amount of unread text that ends a watch and drops its backlog. The client may never read it, and can
 * continue from its last line. All watches together share the budget of the process.
 */
const BACKLOG_CHARS_MAX = 8 * 1024 * 1024;
/** What the connection gets at a time, if it is several lines: it holds a copy while it writes. */
const PIECE_CHARS_MAX = 256 * 1024;

interface WaitingLine {
  readonly text: string;
  /** What the line is made of, which it may share with the lines of other watches. */
  readonly origin: object;
  readonly countedChars: number;
}

/** Lines that are fed from one side and read from the other. */
export class WatchStream implements BodyStream {
  readonly #onEnd: () => void;
  readonly #account: BudgetAccount;
  #lines: WaitingLine[] = [];
  /** Lines before this one are read. */
  #next = 0;
  #chars = 0;
  #ended = false;
  #wakeReader: (() => void) | undefined;

  /** @param onEnd Called once, when the stream ends from either side. */
  constructor(onEnd: () => void, budget: MemoryBudget = PROCESS_BUDGET) {
    this.#onEnd = onEnd;
    this.#account = budget.open(() => this.cancel());
  }

  /** Adds the first lines, which do not end the watch by themselves, however many they are. */
  pushInitial(lines: readonly string[]): void {
    for (const text of lines) this.#add({ text, origin: {}, countedChars: 0 });
    this.#wake();
  }

  /**
   * Adds a line; ends the watch when the client reads too slowly.
   *
   * @param origin An object whose text the line shares with those of other watches.
   */
  push(text: string, origin: object = {}): void {
    if (this.#ended) return;
    this.#chars += text.length;
    if (this.#chars > BACKLOG_CHARS_MAX) return this.cancel();
    this.#add({ text, origin, countedChars: text.length });
    this.#wake();
  }

  /** Ends the stream when the waiting lines are read; a second call does nothing. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#onEnd();
    this.#wake();
  }

  /** Ends the stream and drops the waiting lines, because the client is gone or too slow. */
  cancel(): void {
    this.#lines = [];
    this.#next = 0;
    this.#account.close();
    this.end();
  }

  /**
   * The next waiting lines, or else the next one that comes. Allows one reader at a time.
   *
   * @returns `undefined` at the end.
   */
  async read(): Promise<string | undefined> {
    this.#account.progress();
    if (this.#next === this.#lines.length && !this.#ended) {
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    if (this.#next === this.#lines.length) return undefined;
    let piece = "";
    while (this.#next < this.#lines.length) {
      const { text, origin, countedChars } = this.#lines[this.#next]!;
      if (piece !== "" && piece.length + text.length > PIECE_CHARS_MAX) break;
      piece += text;
      this.#chars -= countedChars;
      this.#account.release(origin);
      this.#next++;
    }
    this.#forgetRead();
    return piece;
  }

  #add(line: WaitingLine): void {
    this.#lines.push(line);
    this.#account.hold(line.origin, line.text.length);
  }

  /** At once when nothing waits, else now and then: a long queue is not moved for each piece. */
  #forgetRead(): void {
    if (this.#next < this.#lines.length / 2) return;
    this.#lines.splice(0, this.#next);
    this.#next = 0;
  }

  #wake(): void {
    this.#wakeReader?.();
    this.#wakeReader = undefined;
  }
}
