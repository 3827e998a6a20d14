/**
 * Big-endian fields of network headers. Plain index arithmetic instead of `DataView`: no object
 * per packet. The caller has checked that the field lies within the bytes.
 */

/**
 * Reads an unsigned 16-bit field.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const bytes = Uint8Array.of(0, 0xff, 0xfe, 0xfd, 0xfc);
 * deepEqual([readUint16(bytes, 1), readUint32(bytes, 1)], [0xfffe, 0xfffefdfc]);
 * ```
 */
export function readUint16(bytes: Uint8Array, offset: number): number {
  return (bytes[offset]! << 8) | bytes[offset + 1]!;
}

/** Reads an unsigned 32-bit field. */
export function readUint32(bytes: Uint8Array, offset: number): number {
  return ((readUint16(bytes, offset) << 16) | readUint16(bytes, offset + 2)) >>> 0;
}

/**
 * Writes the low 16 bits of the value.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * const bytes = new Uint8Array(8).fill(0xaa);
 * writeUint16(bytes, 1, 0x0102);
 * writeUint32(bytes, 3, 0xf1f2f3f4);
 * deepEqual([...bytes], [0xaa, 1, 2, 0xf1, 0xf2, 0xf3, 0xf4, 0xaa]);
 * ```
 */
export function writeUint16(bytes: Uint8Array, offset: number, value: number): void {
  bytes[offset] = value >>> 8;
  bytes[offset + 1] = value;
}

/** Writes an unsigned 32-bit value. */
export function writeUint32(bytes: Uint8Array, offset: number, value: number): void {
  writeUint16(bytes, offset, value >>> 16);
  writeUint16(bytes, offset + 2, value);
}
