/**
 * The options of a received message: an index over the packet, so that reading a number makes no
 * object. Repeated codes are one option in pieces (RFC 3396), and the `file` and `sname` fields
 * may hold options, too (RFC 2132 section 9.3).
 */

import { readUint16, readUint32 } from "../net/bytes.ts";
import { FieldOffset } from "./message_layout.ts";
import { OptionCode } from "./option_codes.ts";

const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;
const OVERLOAD_BOTH = 3;

/** Where values lie in a buffer, in the order in which their codes came first. */
interface ValueIndex {
  readonly bytes: Uint8Array;
  readonly codes: number[];
  readonly starts: number[];
  readonly lengths: number[];
}

/** Options by code; each code once. */
export class DhcpOptions {
  readonly #index: ValueIndex;

  /** @param index Positions that lie within its bytes, each code once. */
  constructor(index: ValueIndex) {
    this.#index = index;
  }

  /** Codes in the order in which they came. */
  codes(): readonly number[] {
    return this.#index.codes;
  }

  /** Octets of the value; `undefined` without the option. */
  lengthOf(code: number): number | undefined {
    return this.#index.lengths[this.#indexOf(code)];
  }

  /** The whole value as a view; `undefined` without the option. */
  get(code: number): Uint8Array | undefined {
    const at = this.#indexOf(code);
    if (at < 0) return undefined;
    const start = this.#index.starts[at]!;
    return this.#index.bytes.subarray(start, start + this.#index.lengths[at]!);
  }

  /** The value as an unsigned 8-bit number; `undefined` without an option of that length. */
  uint8(code: number): number | undefined {
    const start = this.#startOf(code, 1);
    return start === undefined ? undefined : this.#index.bytes[start];
  }

  /** The value as an unsigned 16-bit number; `undefined` without an option of that length. */
  uint16(code: number): number | undefined {
    const start = this.#startOf(code, 2);
    return start === undefined ? undefined : readUint16(this.#index.bytes, start);
  }

  /** The value as an unsigned 32-bit number; `undefined` without an option of that length. */
  uint32(code: number): number | undefined {
    const start = this.#startOf(code, 4);
    return start === undefined ? undefined : readUint32(this.#index.bytes, start);
  }

  /** A loop of our own: for the few options of a packet the built-in call takes five times as long. */
  #indexOf(code: number): number {
    const { codes } = this.#index;
    for (let i = 0; i < codes.length; i++) if (codes[i] === code) return i;
    return -1;
  }

  #startOf(code: number, length: number): number | undefined {
    const at = this.#indexOf(code);
    return this.#index.lengths[at] === length ? this.#index.starts[at] : undefined;
  }
}

/**
 * Reads the options of a message. A missing END and whatever stands behind END are accepted, as
 * other servers do.
 *
 * @param payload The message, at least up to its magic cookie.
 * @returns The options, or `undefined` when one runs past the end of its field.
 */
export function readOptions(payload: Uint8Array): DhcpOptions | undefined {
  const scan = new OptionScan(payload);
  if (!scan.area(FieldOffset.options, payload.length)) return undefined;
  // Only the options field can say this; a code 52 inside `file` or `sname` is one option of many.
  const overload = scan.overload();
  const useFile = overload === OVERLOAD_FILE || overload === OVERLOAD_BOTH;
  const useSname = overload === OVERLOAD_SNAME || overload === OVERLOAD_BOTH;
  if (useFile && !scan.area(FieldOffset.file, FieldOffset.cookie)) return undefined;
  if (useSname && !scan.area(FieldOffset.sname, FieldOffset.file)) return undefined;
  return new DhcpOptions(scan.hasPieces ? joinPieces(scan) : scan);
}

/** 1 for each code that the scan under way has met; there is one at a time. */
const seenCodes = new Uint8Array(256);

/** Collects options in the order of the wire; a code may come in several pieces. */
class OptionScan implements ValueIndex {
  readonly codes: number[] = [];
  readonly starts: number[] = [];
  readonly lengths: number[] = [];
  hasPieces = false;

  constructor(readonly bytes: Uint8Array) {
    seenCodes.fill(0);
  }

  /** @returns Whether all options end within the area. */
  area(start: number, end: number): boolean {
    let at = start;
    while (at < end) {
      const code = this.bytes[at++]!;
      if (code === OptionCode.end) return true;
      if (code === OptionCode.pad) continue;
      if (at >= end) return false;
      const length = this.bytes[at++]!;
      if (at + length > end) return false;
      this.#add(code, at, length);
      at += length;
    }
    return true;
  }

  /** Value of option 52, when it came once and with its proper length. */
  overload(): number | undefined {
    const first = this.codes.indexOf(OptionCode.overload);
    const isSingle = first >= 0 && this.codes.lastIndexOf(OptionCode.overload) === first;
    return isSingle && this.lengths[first] === 1 ? this.bytes[this.starts[first]!] : undefined;
  }

  #add(code: number, start: number, length: number): void {
    if (seenCodes[code] === 1) this.hasPieces = true;
    seenCodes[code] = 1;
    this.codes.push(code);
    this.starts.push(start);
    this.lengths.push(length);
  }
}

/** Copies the pieces of each code together (RFC 3396 section 7). */
function joinPieces(scan: ValueIndex): ValueIndex {
  const pieces = new Map<number, number[]>();
  scan.codes.forEach((code, piece) => {
    const others = pieces.get(code);
    if (others === undefined) pieces.set(code, [piece]);
    else others.push(piece);
  });
  // All values together are shorter than the packet that they came in.
  const bytes = new Uint8Array(scan.bytes.length);
  const starts: number[] = [];
  const lengths: number[] = [];
  let at = 0;
  for (const list of pieces.values()) {
    starts.push(at);
    for (const piece of list) {
      const start = scan.starts[piece]!;
      bytes.set(scan.bytes.subarray(start, start + scan.lengths[piece]!), at);
      at += scan.lengths[piece]!;
    }
    lengths.push(at - starts.at(-1)!);
  }
  return { bytes, codes: [...pieces.keys()], starts, lengths };
}
