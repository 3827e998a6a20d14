/**
 * How much an API server may answer. What it sends is read in pieces, after it was unpacked, and the
 * reading ends where it gets too much: a few octets of gzip can stand for any length.
 */

import type { AnswerSize } from "../contract.ts";

/**
 * Bounds of the memory that one answer, or one object of a watch, takes: its octets unpacked, and the
 * numbers, texts, lists and objects in it, each of which takes some fifty octets however short it is.
 */
export type AnswerLimits = AnswerSize;

/**
 * For one object of any kind. The largest pool, with 39,000 bindings, has 1.5 MiB in etcd, and as much
 * again in its managedFields.
 */
export const OBJECT_LIMITS: AnswerLimits = { octets: 8 * 1024 * 1024, values: 500_000 };

/** For all objects of a kind, in one answer or in pages: 10,000 objects of 12 KiB. */
export const LIST_LIMITS: AnswerLimits = { octets: 128 * 1024 * 1024, values: 6_000_000 };

/** For what is said about a failure; the rest of it is not read. */
export const FAILURE_OCTETS_MAX = 64 * 1024;

/** An answer that is larger than anything that was asked for. */
export class AnswerTooLargeError extends Error {
  override readonly name = "AnswerTooLargeError";
}

const [COMMA, OPENING_BRACE, OPENING_BRACKET] = [0x2c, 0x7b, 0x5b];

/** What a piece of JSON takes to read, at most: in texts, some octets stand for values that are none. */
export function sizeOf(chunk: Uint8Array): AnswerSize {
  let values = 0;
  for (let at = 0; at < chunk.length; at++) {
    const octet = chunk[at];
    if (octet === COMMA || octet === OPENING_BRACE || octet === OPENING_BRACKET) values++;
  }
  return { octets: chunk.length, values };
}

/** Counts what came so far. */
export class AnswerMeter {
  readonly #limits: AnswerLimits;
  #octets = 0;
  #values = 0;

  constructor(limits: AnswerLimits) {
    this.#limits = limits;
  }

  /** What was counted since the last {@link reset}. */
  get counted(): AnswerSize {
    return { octets: this.#octets, values: this.#values };
  }

  /** @throws {AnswerTooLargeError} when it is too much. */
  count({ octets, values }: AnswerSize): void {
    this.#octets += octets;
    this.#values += values;
    const { octets: octetsMax, values: valuesMax } = this.#limits;
    if (this.#octets > octetsMax) {
      throw new AnswerTooLargeError(
        `the API server sent more than ${octetsMax / 1024 / 1024} MiB where less was asked for`,
      );
    }
    if (this.#values > valuesMax) {
      throw new AnswerTooLargeError(
        `the API server sent more than ${valuesMax} values where less was asked for`,
      );
    }
  }

  /** The next object begins. */
  reset(): void {
    this.#octets = 0;
    this.#values = 0;
  }
}
