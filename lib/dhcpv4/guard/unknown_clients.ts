/**
 * How many MAC addresses without a binding ask, and how often: a storm of them is a mistake in somebody's
 * cluster. They are counted, not kept: a few octets, whatever addresses are made up.
 */

import { hashMacAddress, type MacAddress } from "../../net/mac_address.ts";

/** How long is counted together. */
const WINDOW_MS = 60_000;

/** Marks of one window, a power of two: enough to tell some thousand addresses apart. */
const MARKS_BITS = 13;
const MARKS = 2 ** MARKS_BITS;

/** What is known of clients without a binding. */
export interface UnknownCounts {
  /** Requests since the start. */
  readonly packets: number;
  /** Different addresses in the busier of this minute and the one before, roughly. */
  readonly clients: number;
  /** Requests in the busier of this minute and the one before. */
  readonly perMinute: number;
}

/** One minute. */
class Window {
  readonly #marks = new Uint8Array(MARKS / 8);
  #marked = 0;
  packets = 0;

  add(mac: MacAddress): void {
    this.packets++;
    // Neighbours are spread evenly by the hash; counting by marks needs them spread by chance.
    const hash = hashMacAddress(mac);
    const mark = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> (32 - MARKS_BITS);
    const bit = 1 << (mark & 7);
    if ((this.#marks[mark >>> 3]! & bit) !== 0) return;
    this.#marks[mark >>> 3]! |= bit;
    this.#marked++;
  }

  /** How many addresses leave so many marks mostly (linear counting), but no more than asked. */
  get clients(): number {
    const free = Math.max(1, MARKS - this.#marked);
    return Math.min(this.packets, Math.round(-MARKS * Math.log(free / MARKS)));
  }
}

/**
 * Requests of clients without a binding. Times are milliseconds of a clock that does not go back.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import type { MacAddress } from "../../net/mac_address.ts";
 * const unknown = new UnknownClients();
 * for (const mac of [1, 2, 2]) unknown.note(mac as MacAddress, 0);
 * deepEqual(unknown.counts(0), { packets: 3, clients: 2, perMinute: 3 });
 * deepEqual(unknown.counts(120_000), { packets: 3, clients: 0, perMinute: 0 });
 * ```
 */
export class UnknownClients {
  #packets = 0;
  #startedMs = -Infinity;
  #now: Window | undefined;
  #before: Window | undefined;

  /** Counts a request. */
  note(mac: MacAddress, nowMs: number): void {
    this.#turn(nowMs);
    this.#packets++;
    this.#now ??= new Window();
    this.#now.add(mac);
  }

  /** What was counted. */
  counts(nowMs: number): UnknownCounts {
    this.#turn(nowMs);
    const windows = [this.#now, this.#before];
    return {
      packets: this.#packets,
      clients: Math.max(...windows.map((window) => window?.clients ?? 0)),
      perMinute: Math.max(...windows.map((window) => window?.packets ?? 0)),
    };
  }

  /** Begins the window of this time. */
  #turn(nowMs: number): void {
    const passedMs = nowMs - this.#startedMs;
    if (passedMs < WINDOW_MS) return;
    this.#before = passedMs < 2 * WINDOW_MS ? this.#now : undefined;
    this.#now = undefined;
    this.#startedMs = nowMs;
  }
}
