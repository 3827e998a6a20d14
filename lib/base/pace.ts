/** Keeps a stream of events from taking all of the processor, whose other work is packets. */

/** Work that is done at once, such as that on a thousand objects which a watch begins with; milliseconds. */
const BURST_MS = 1000;

/** Says when to rest. Beyond a burst, half of the time is for others. */
export class Pace {
  #debtMs = 0;
  #endMs: number;

  constructor(nowMs: number) {
    this.#endMs = nowMs;
  }

  /** Notes work that has ended now. @returns How long to rest before more of it; milliseconds. */
  restAfter(startMs: number, endMs: number): number {
    const restedMs = Math.max(0, startMs - this.#endMs);
    this.#debtMs = Math.max(0, this.#debtMs - restedMs) + (endMs - startMs);
    this.#endMs = endMs;
    return Math.max(0, this.#debtMs - BURST_MS);
  }
}
