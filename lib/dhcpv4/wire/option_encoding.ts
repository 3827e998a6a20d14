/** Options of a reply on the wire: how many octets they take, and writing them. */

import { OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { OptionRun, ReplyOption } from "./message.ts";

/** Octets of one piece of an option: the length is a single octet (RFC 2132 section 2). */
export const OPTION_BYTES_MAX = 255;

/**
 * Octets of the option on the wire, code and length of each piece included. No option that this
 * server sends may be empty, but for the one that is defined so: 0 for the others.
 */
export function encodedOptionBytes({ code, value: { length } }: DhcpOption): number {
  if (length === 0) return code === OptionCode.rapidCommit ? 2 : 0;
  return length <= OPTION_BYTES_MAX
    ? length + 2
    : length + 2 * Math.ceil(length / OPTION_BYTES_MAX);
}

/** Octets of all these options on the wire, without END. */
export function encodedOptionsBytes(options: readonly ReplyOption[]): number {
  let sum = 0;
  for (const option of options) {
    sum += isOptionRun(option) ? option.octets.length : encodedOptionBytes(option);
  }
  return sum;
}

/** Encodes options that always go together. */
export function createOptionRun(options: readonly DhcpOption[]): OptionRun {
  const octets = new Uint8Array(encodedOptionsBytes(options));
  writeOptions(options, octets, 0);
  return { options, octets };
}

/** The same options, each by itself. */
export function singleOptionsOf(options: readonly ReplyOption[]): readonly DhcpOption[] {
  return options.flatMap((option) => isOptionRun(option) ? option.options : [option]);
}

/**
 * Writes options one behind the other, without END; those without a value are left out.
 *
 * @returns The offset behind the last.
 */
export function writeOptions(
  options: readonly ReplyOption[],
  bytes: Uint8Array,
  offset: number,
): number {
  let at = offset;
  for (const option of options) {
    if (isOptionRun(option)) {
      bytes.set(option.octets, at);
      at += option.octets.length;
    } else if (encodedOptionBytes(option) > 0) at = writeOption(option, bytes, at);
  }
  return at;
}

function isOptionRun(option: ReplyOption): option is OptionRun {
  return "octets" in option;
}

/** @returns The offset behind the option. */
function writeOption({ code, value }: DhcpOption, bytes: Uint8Array, offset: number): number {
  let at = offset;
  let start = 0;
  do {
    const length = Math.min(OPTION_BYTES_MAX, value.length - start);
    bytes[at] = code;
    bytes[at + 1] = length;
    // Each loop sees one kind of array only, which lets it run at full speed.
    if (value instanceof Uint8Array) {
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[start + i]!;
    } else {
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[start + i]!;
    }
    at += 2 + length;
    start += length;
  } while (start < value.length);
  return at;
}
