/**
 * Memory for frames to send. To allocate each frame of a few hundred octets by itself takes longer
 * than everything else about it, and to free it takes as long again.
 */

/** About two hundred replies. */
const SLAB_BYTES = 65_536;

let slab = new ArrayBuffer(0);
let usedBytes = 0;

/**
 * Zeroed memory for one frame. Frames share slabs; a slab is released when
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
