/** Virtual time: a queue of what happens when. Nothing in a simulation takes real time. */

import { setImmediate } from "node:timers";
import type { Clock } from "../../../lib/base/clock.ts";
import type { Lifeline } from "./lifeline.ts";

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** Where virtual time begins; milliseconds since the epoch. */
const START_MS = Date.UTC(2026, 0, 1);

/** The time of a whole world. */
export class SimClock {
  readonly #heap: Timer[] = [];
  #order = 0;
  #nowMs = START_MS;

  /** Milliseconds since the epoch, by a clock that nobody sets. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** Milliseconds since the world began. */
  get elapsedMs(): number {
    return this.#nowMs - START_MS;
  }

  /** Calls back after this time. @returns A function that calls it off. */
  after(ms: number, run: () => void): () => void {
    // Whole milliseconds: fractions of one would be lost beside the years since the epoch.
    const dueMs = this.#nowMs + Math.max(0, Math.ceil(ms));
    const timer: Timer = { dueMs, order: this.#order++, run };
    this.#push(timer);
    return () => timer.run = undefined;
  }

  /** Runs everything that is due within this time, in order. */
  async advance(ms: number, isOver: () => boolean = () => false): Promise<void> {
    const untilMs = this.#nowMs + Math.ceil(ms);
    await settle();
    for (let next = this.#heap[0]; next !== undefined && next.dueMs <= untilMs;) {
      this.#pop();
      if (next.run !== undefined) {
        this.#nowMs = next.dueMs;
        next.run();
        await settle();
        if (isOver()) return;
      }
      next = this.#heap[0];
    }
    this.#nowMs = untilMs;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex]!;
      if (isBefore(parent, timer)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (isBefore(last, heap[child]!)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

/** The clock of a process: its sleeps end when the process can run, and its wall clock can be set. */
export function processClock(
  clock: SimClock,
  { lifeline, skewMs }: { readonly lifeline: Lifeline; readonly skewMs: () => number },
): Clock {
  return {
    nowMs: () => clock.nowMs + skewMs(),
    monotonicMs: () => clock.elapsedMs,
    sleep: (ms, signal) => {
      if (signal?.aborted && !lifeline.isDead) return Promise.resolve();
      return new Promise((resolve) => {
        const end = () => {
          callOff();
          signal?.removeEventListener("abort", wake);
          resolve();
        };
        const wake = () => lifeline.whenRunning(end);
        const callOff = clock.after(ms, wake);
        signal?.addEventListener("abort", wake, { once: true });
      });
    },
  };
}

/** Lets every promise that can go on without time do so. */
export async function settle(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve));
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
