/**
 * The options of a received message: an index over the packet, so that reading a number makes no
 * object. Repeated codes are one option in pieces (RFC 3396), and the `file` and `sname` fields
 * may hold options, too (RFC 2132 section 9.3).
 */

import { readUint16, readUint32 } from "../../net/bytes.ts";
import { FieldOffset } from "./message_layout.ts";
import { OptionCode } from "../options/registry.ts";

const OVERLOAD_FILE = 1;
const OVERLOAD_SNAME = 2;
const OVERLOAD_BOTH = 3;

/** Numbers for each option of an index: its code, and where its value starts and how long it is. */
const ENTRY_NUMBERS = 3;
const START = 1;
const LENGTH = 2;

/** Room for the options of a usual packet; an index with more of them grows. */
const ENTRIES_USUAL = 20;

/** Numbers in front of the entries that have a bit for each code. */
const CODE_SETS = 8;

/** Where values lie in a buffer, in the order in which their codes came first. */
class ValueIndex {
  // One array that is large enough from the start: arrays that grow cost more than all reading.
  readonly #entries = new Array<number>(CODE_SETS + ENTRIES_USUAL * ENTRY_NUMBERS);
  #end = CODE_SETS;

  constructor(readonly bytes: Uint8Array) {
    for (let i = 0; i < CODE_SETS; i++) this.#entries[i] = 0;
  }

  has(code: number): boolean {
    return (this.#entries[code >>> 5]! & (1 << (code & 31))) !== 0;
  }

  add(code: number, start: number, length: number): void {
    this.#entries[code >>> 5]! |= 1 << (code & 31);
    this.#entries[this.#end] = code;
    this.#entries[this.#end + START] = start;
    this.#entries[this.#end + LENGTH] = length;
    this.#end += ENTRY_NUMBERS;
  }

  /** All entries, in the order in which they were added. */
  entries(): readonly number[] {
    const length = (this.#end - CODE_SETS) / ENTRY_NUMBERS;
    return Array.from({ length }, (_, i) => CODE_SETS + i * ENTRY_NUMBERS);
  }

  /** The entry of the code behind another one, or the first; -1 for none. */
  find(code: number, behind = CODE_SETS - ENTRY_NUMBERS): number {
    if (!this.has(code)) return -1;
    for (let entry = behind + ENTRY_NUMBERS; entry < this.#end; entry += ENTRY_NUMBERS) {
      if (this.#entries[entry] === code) return entry;
    }
    return -1;
  }

  codeAt(entry: number): number {
    return this.#entries[entry]!;
  }

  startAt(entry: number): number {
    return this.#entries[entry + START]!;
  }

  lengthAt(entry: number): number {
    return this.#entries[entry + LENGTH]!;
  }

  valueAt(entry: number): Uint8Array {
    const start = this.startAt(entry);
    return this.bytes.subarray(start, start + this.lengthAt(entry));
  }
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
    return this.#index.entries().map((entry) => this.#index.codeAt(entry));
  }

  /** Octets of the value; `undefined` without the option. */
  lengthOf(code: number): number | undefined {
    const entry = this.#index.find(code);
    return entry < 0 ? undefined : this.#index.lengthAt(entry);
  }

  /** The whole value as a view; `undefined` without the option. */
  get(code: number): Uint8Array | undefined {
    const entry = this.#index.find(code);
    return entry < 0 ? undefined : this.#index.valueAt(entry);
  }

  /** Whether the option is there with this very value. */
  equals(code: number, value: ArrayLike<number>): boolean {
    const entry = this.#index.find(code);
    if (entry < 0 || this.#index.lengthAt(entry) !== value.length) return false;
    const start = this.#index.startAt(entry);
    for (let i = 0; i < value.length; i++) {
      if (this.#index.bytes[start + i] !== value[i]) return false;
    }
    return true;
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

  #startOf(code: number, length: number): number | undefined {
    const entry = this.#index.find(code);
    return entry >= 0 && this.#index.lengthAt(entry) === length
      ? this.#index.startAt(entry)
      : undefined;
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
  return new DhcpOptions(scan.hasPieces ? joinPieces(scan.index) : scan.index);
}

/** Collects options in the order of the wire; a code may come in several pieces. */
class OptionScan {
  readonly index: ValueIndex;
  hasPieces = false;

  constructor(bytes: Uint8Array) {
    this.index = new ValueIndex(bytes);
  }

  /** @returns Whether all options end within the area. */
  area(start: number, end: number): boolean {
    const { bytes } = this.index;
    let at = start;
    while (at < end) {
      const code = bytes[at++]!;
      if (code === OptionCode.end) return true;
      if (code === OptionCode.pad) continue;
      if (at >= end) return false;
      const length = bytes[at++]!;
      if (at + length > end) return false;
      if (this.index.has(code)) this.hasPieces = true;
      this.index.add(code, at, length);
      at += length;
    }
    return true;
  }

  /** Value of option 52, when it came once and with its proper length. */
  overload(): number | undefined {
    const { index } = this;
    const first = index.find(OptionCode.overload);
    const isSingle = first >= 0 && index.find(OptionCode.overload, first) < 0;
    return isSingle && index.lengthAt(first) === 1 ? index.bytes[index.startAt(first)] : undefined;
  }
}

/** Copies the pieces of each code together (RFC 3396 section 7). */
function joinPieces(index: ValueIndex): ValueIndex {
  const pieces = new Map<number, number[]>();
  for (const entry of index.entries()) {
    const others = pieces.get(index.codeAt(entry));
    if (others === undefined) pieces.set(index.codeAt(entry), [entry]);
    else others.push(entry);
  }
  // All values together are shorter than the packet that they came in.
  const bytes = new Uint8Array(index.bytes.length);
  const joined = new ValueIndex(bytes);
  let at = 0;
  for (const [code, entries] of pieces) {
    const start = at;
    for (const entry of entries) {
      bytes.set(index.valueAt(entry), at);
      at += index.lengthAt(entry);
    }
    joined.add(code, start, at - start);
  }
  return joined;
}
