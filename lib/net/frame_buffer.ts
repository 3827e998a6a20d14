/**
 * Memory for frames to send. An own allocation for each frame of a few hundred octets takes longer
 * than everything else about it, and its release as long again.
 */

/** About two hundred replies. */
const SLAB_BYTES = 65_536;

let slab = new ArrayBuffer(0);
let usedBytes = 0;

/**
 * Memory that nobody else has or will have, all zero. Frames share slabs; a slab is released when
 * no frame of it is left.
 */
export function takeFrameBuffer(bytes: number): Uint8Array {
  if (usedBytes + bytes > slab.byteLength) {
    slab = new ArrayBuffer(Math.max(SLAB_BYTES, bytes));
    usedBytes = 0;
  }
  const buffer = new Uint8Array(slab, usedBytes, bytes);
  usedBytes += bytes;
  return buffer;
}
