/** Memory for frames to send. */

/** About two hundred replies. */
const SLAB_BYTES = 65_536;

/**
 * Gives out memory in pieces of a slab. To allocate each frame of a few hundred octets by itself
 * takes longer than everything else about it, and to free it takes as long again.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const memory = new FrameMemory();
 * memory.take(2).fill(7);
 * deepEqual(memory.take(2), Uint8Array.of(0, 0));
 * ```
 */
export class FrameMemory {
  #slab = new ArrayBuffer(0);
  #usedBytes = 0;

  /** Zeroed memory for one frame. A slab is released when no frame of it is left. */
  take(bytes: number): Uint8Array {
    if (this.#usedBytes + bytes > this.#slab.byteLength) {
      this.#slab = new ArrayBuffer(Math.max(SLAB_BYTES, bytes));
      this.#usedBytes = 0;
    }
    const piece = new Uint8Array(this.#slab, this.#usedBytes, bytes);
    this.#usedBytes += bytes;
    return piece;
  }
}
