/**
 * Writes lines to an output of this process without ever waiting for its reader. A pipe that nobody
 * empties blocks whoever writes to it, so a thread of the runtime does, one piece at a time.
 */

import { terminalText } from "../../base/terminal_text.ts";

/** Characters that may wait for the reader. More lines are left out. */
const WAITING_CHARS_MAX = 1024 * 1024;

/** Characters that are handed over at once. */
const PIECE_CHARS_MAX = 64 * 1024;

/** Somebody made the output non-blocking and its buffer is full: it is tried again after this time. */
export const FULL_RETRY_MS = 20;

/** Where lines go, such as `Deno.stdout`. */
export interface LineSink {
  /** @returns How many of the bytes were taken. */
  write(bytes: Uint8Array): Promise<number>;
}

/** How a writer reports what it had to leave out, and how much it keeps. */
export interface LineWriterOptions {
  /** The line that says how many lines are missing at its place. */
  readonly noteOf: (leftOut: number) => string;
  readonly waitingCharsMax?: number;
}

/** How long the end of the process waits for a reader. */
export interface FlushLimits {
  /** Without any progress. */
  readonly stuckMs: number;
  /** All together. */
  readonly ms: number;
}

/** The lines that wait for one output. */
export class LineWriter {
  readonly #sink: LineSink;
  #noteOf: (leftOut: number) => string;
  readonly #waitingCharsMax: number;
  readonly #waiting: string[] = [];
  #waitingChars = 0;
  #leftOut = 0;
  #leftOutUntold = 0;
  /** The last piece failed within a line. */
  #isLineBroken = false;
  #writing: Promise<void> | undefined;
  /** Rises with everything that the output takes. */
  #progress = 0;

  constructor(sink: LineSink, { noteOf, waitingCharsMax = WAITING_CHARS_MAX }: LineWriterOptions) {
    this.#sink = sink;
    this.#noteOf = noteOf;
    this.#waitingCharsMax = waitingCharsMax;
  }

  /** Says what is missing in other words from now on. */
  noteWith(noteOf: (leftOut: number) => string): void {
    this.#noteOf = noteOf;
  }

  /** How many lines were left out so far: nobody read, or the output failed. */
  get leftOut(): number {
    return this.#leftOut;
  }

  /**
   * Takes a line without its line break. Never waits and never throws. Whatever it quotes, it does not
   * steer the terminal; in a line of JSON the escapes mean the same.
   *
   * @param isDetail Details fill only half of the space, so that they do not push out warnings.
   */
  write(line: string, isDetail = false): void {
    const room = isDetail ? this.#waitingCharsMax / 2 : this.#waitingCharsMax;
    const text = terminalText(line);
    if (this.#waitingChars + text.length >= room) return this.#leaveOut(1);
    this.#hold(text);
    this.#writing ??= this.#writeAll();
  }

  /** Waits until everything is written, or until the limits say that nobody reads. */
  async flush({ stuckMs, ms }: FlushLimits): Promise<void> {
    for (let waitedMs = 0; this.#writing !== undefined && waitedMs < ms; waitedMs += stuckMs) {
      const before = this.#progress;
      await settledWithin(this.#writing, stuckMs);
      if (this.#progress === before) return;
    }
  }

  #hold(line: string): void {
    this.#waiting.push(line);
    this.#waitingChars += line.length + 1;
  }

  #leaveOut(lines: number): void {
    this.#leftOut += lines;
    this.#leftOutUntold += lines;
  }

  async #writeAll(): Promise<void> {
    for (;;) {
      const lines = this.#takePiece();
      if (lines.length === 0) {
        // At once: a line that comes before the promise settles needs a new turn.
        this.#writing = undefined;
        return;
      }
      const text = `${this.#isLineBroken ? "\n" : ""}${lines.join("\n")}\n`;
      if (await this.#writePiece(new TextEncoder().encode(text))) this.#tellLeftOut();
      else this.#leaveOut(lines.length);
    }
  }

  #takePiece(): readonly string[] {
    let chars = 0;
    let count = 0;
    while (count < this.#waiting.length && (count === 0 || chars < PIECE_CHARS_MAX)) {
      chars += this.#waiting[count]!.length + 1;
      count++;
    }
    this.#waitingChars -= chars;
    return this.#waiting.splice(0, count);
  }

  /** @returns Whether all of it was taken; not when the reader has gone or the disk is full. */
  async #writePiece(bytes: Uint8Array): Promise<boolean> {
    for (let at = 0; at < bytes.length;) {
      try {
        at += await this.#sink.write(bytes.subarray(at));
        this.#progress++;
      } catch (error) {
        if (error instanceof Deno.errors.Interrupted) continue;
        if (!(error instanceof Deno.errors.WouldBlock)) {
          if (at > 0) this.#isLineBroken = true;
          return false;
        }
        await settledWithin(new Promise(() => {}), FULL_RETRY_MS);
      }
    }
    this.#isLineBroken = false;
    return true;
  }

  /** Behind the lines that waited: there the missing ones would stand. */
  #tellLeftOut(): void {
    if (this.#leftOutUntold === 0) return;
    this.#hold(this.#noteOf(this.#leftOutUntold));
    this.#leftOutUntold = 0;
  }
}

/** Resolves when the promise settles, or after the time. */
async function settledWithin(promise: Promise<unknown>, ms: number): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, ms);
  try {
    await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
