/** Headers of archives that any tar reads (POSIX.1-1988, ustar). Pure. */

/** A file of an archive. */
export interface ArchivedFile {
  /** Up to 100 octets of ASCII. */
  readonly name: string;
  readonly bytes: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly modifiedMs: number;
}

/** Archives are made of these. */
export const TAR_BLOCK_BYTES = 512;

const CHECKSUM = { offset: 148, bytes: 8 } as const;

/** The header of a file, which its octets follow. */
export function tarHeader(file: ArchivedFile): Uint8Array<ArrayBuffer> {
  const header = new Uint8Array(TAR_BLOCK_BYTES);
  const put = (offset: number, text: string) => header.set(new TextEncoder().encode(text), offset);
  const number = (offset: number, bytes: number, value: number) =>
    header.set(numberField(Math.floor(value), bytes), offset);
  put(0, file.name);
  number(100, 8, file.mode);
  number(108, 8, file.uid);
  number(116, 8, file.gid);
  number(124, 12, file.bytes);
  number(136, 12, file.modifiedMs / 1000);
  put(156, "0");
  put(257, "ustar\x0000");
  // Counted with its own field as spaces.
  header.fill(0x20, CHECKSUM.offset, CHECKSUM.offset + CHECKSUM.bytes);
  const sum = header.reduce((total, octet) => total + octet, 0);
  put(CHECKSUM.offset, `${sum.toString(8).padStart(6, "0")}\0 `);
  return header;
}

/**
 * A number in octal, which ends with NUL. What does not fit, such as the user ID of a directory service, is
 * binary behind a set bit, as GNU, BSD and busybox read it.
 */
function numberField(value: number, bytes: number): Uint8Array {
  const octal = value.toString(8).padStart(bytes - 1, "0");
  if (octal.length < bytes) return new TextEncoder().encode(`${octal}\0`);
  const hexadecimal = value.toString(16).padStart(2 * (bytes - 1), "0");
  return Uint8Array.fromHex(`80${hexadecimal}`);
}

/** Fills the last block of a file up. */
export function tarPadding(bytes: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array((TAR_BLOCK_BYTES - bytes % TAR_BLOCK_BYTES) % TAR_BLOCK_BYTES);
}

/** What an archive ends with. */
export function tarEnd(): Uint8Array<ArrayBuffer> {
  return new Uint8Array(2 * TAR_BLOCK_BYTES);
}
