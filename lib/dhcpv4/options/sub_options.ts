/** Sub-options with their values, as in the relay agent information (RFC 3046 section 2.0). */

import { formatHex } from "./octets.ts";
import { type Lengths, type OptionValue, type ValueKind } from "./value_kind.ts";

/** One sub-option. */
export interface SubOption {
  readonly code: number;
  readonly value: Uint8Array;
}

/** Code and length. */
const HEAD_BYTES = 2;

const LENGTHS: Lengths = { min: HEAD_BYTES, max: Infinity, unit: 1 };

export const SUB_OPTIONS: ValueKind<readonly SubOption[]> = {
  lengths: LENGTHS,
  encode: encodeSubOptions,
  decode: decodeSubOptions,
  format: (subOptions) =>
    subOptions.map(({ code, value }) => `${code}=${formatHex(value) || "empty"}`).join(", "),
};

/**
 * Where the sub-option ends that begins at an offset within the octets.
 *
 * @returns `undefined` when it runs past the octets.
 */
export function subOptionEnd(octets: Uint8Array, at: number): number | undefined {
  const end = at + HEAD_BYTES + (octets[at + 1] ?? octets.length);
  return end > octets.length ? undefined : end;
}

function decodeSubOptions(octets: Uint8Array): readonly SubOption[] | undefined {
  const subOptions: SubOption[] = [];
  let at = 0;
  while (at < octets.length) {
    const end = subOptionEnd(octets, at);
    if (end === undefined) return undefined;
    subOptions.push({ code: octets[at]!, value: octets.subarray(at + HEAD_BYTES, end) });
    at = end;
  }
  return subOptions.length === 0 ? undefined : subOptions;
}

function encodeSubOptions(subOptions: readonly SubOption[]): OptionValue {
  return subOptions.flatMap(({ code, value }) => [code, value.length, ...value]);
}
