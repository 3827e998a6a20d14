/** Streams of octets, such as sockets and files, whose reads and writes may be shorter than what was asked for. */

/** What is taken from a source before it is handed on. */
const PIECE_BYTES = 16_384;

/** Gives octets. */
export interface OctetSource {
  /** @returns How many octets were put there; `null` at the end. */
  read(into: Uint8Array): Promise<number | null>;
}

/** Takes octets. */
export interface OctetSink {
  /** @returns How many of the octets were taken. */
  write(octets: Uint8Array): Promise<number>;
}

/**
 * Writes all of the octets.
 *
 * @throws what the sink throws.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const taken: number[] = [];
 * const sink = { write: (octets: Uint8Array) => Promise.resolve(taken.push(octets[0]!) && 1) };
 * await writeWhole(sink, new Uint8Array([1, 2, 3]));
 * deepEqual(taken, [1, 2, 3]);
 * ```
 */
export async function writeWhole(sink: OctetSink, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length;) at += await sink.write(octets.subarray(at));
}

/**
 * Hands on what a source gives until it ends. Nothing more is read before the sink has taken what was: a slow
 * sink slows the source down, and memory does not grow.
 *
 * @throws what the source or the sink throws.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * const pieces = ["one, ", "two"];
 * const source = {
 *   read(into: Uint8Array) {
 *     const piece = pieces.shift();
 *     return Promise.resolve(
 *       piece === undefined ? null : new TextEncoder().encodeInto(piece, into).written,
 *     );
 *   },
 * };
 * let text = "";
 * const sink = {
 *   write(octets: Uint8Array) {
 *     text += new TextDecoder().decode(octets);
 *     return Promise.resolve(octets.length);
 *   },
 * };
 * await pour(source, sink);
 * equal(text, "one, two");
 * ```
 */
export async function pour(source: OctetSource, sink: OctetSink): Promise<void> {
  const octets = new Uint8Array(PIECE_BYTES);
  for (;;) {
    const count = await source.read(octets);
    if (count === null) return;
    await writeWhole(sink, octets.subarray(0, count));
  }
}

/**
 * Closes what may have ended by itself.
 *
 * @example
 * ```ts
 * closeQuietly({
 *   close() {
 *     throw new Error("bad resource id");
 *   },
 * });
 * ```
 */
export function closeQuietly(resource: { close(): void }): void {
  try {
    resource.close();
  } catch {
    // It is closed already.
  }
}
