/** The kinds of values that options have. Each kind has its own file in this folder. */

/** Octets. Of what is written anew for each reply a plain array takes a tenth of the time. */
export type OptionValue = Uint8Array | readonly number[];

/** One option with its whole value, however many pieces it takes on the wire. */
export interface DhcpOption {
  readonly code: number;
  readonly value: OptionValue;
}

/** Lengths in octets: from `min` to `max`, in steps of `unit`. */
export interface Lengths {
  readonly min: number;
  readonly max: number;
  readonly unit: number;
}

/** Writes, reads and shows values of one kind (RFC 2132 section 2). */
export interface ValueKind<T> {
  readonly lengths: Lengths;
  encode(value: T): OptionValue;
  /** Never throws. @returns `undefined` when the octets are not a value of this kind. */
  decode(octets: Uint8Array): T | undefined;
  /** The value for people. Only printable characters: a client can send any octets as its name. */
  format(value: T): string;
}

/** One length only. */
export function exactly(bytes: number): Lengths {
  return { min: bytes, max: bytes, unit: bytes };
}

/** As many values of `unit` octets as there is room for, but at least one. */
export function listOf(unit: number): Lengths {
  return { min: unit, max: Infinity, unit };
}
