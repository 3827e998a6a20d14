/** How large a reply may be, and what it leaves out when it would be larger. */

import { type DropRank, optionOfCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import { encodedOptionBytes, encodedOptionsBytes } from "./option_encoding.ts";

/** Every client takes IP packets of this size (RFC 2131 section 2), so option 57 cannot go below. */
const PACKET_BYTES_MIN = 576;

/** IPv4 header without options, and UDP header: option 57 counts them, a payload does not. */
const HEADER_BYTES = 28;

/**
 * The largest message for a client.
 *
 * @param maximumMessageSize Option 57 of the request, if it had one.
 * @param mtuBytes MTU of the interface.
 * @returns Octets of UDP payload.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(messageLimitBytes(undefined, 1500), 548);
 * equal(messageLimitBytes(9000, 1500), 1472);
 * ```
 */
export function messageLimitBytes(
  maximumMessageSize: number | undefined,
  mtuBytes: number,
): number {
  const packetBytes = Math.max(PACKET_BYTES_MIN, maximumMessageSize ?? PACKET_BYTES_MIN);
  return Math.min(packetBytes, mtuBytes) - HEADER_BYTES;
}

/**
 * Leaves out whole options from the tail until the rest fits.
 *
 * @param limitBytes Octets for all options together.
 * @returns The options that fit, in their order; those that a lease cannot do without stay
 * even when they alone are too large.
 */
export function fitOptions(
  options: readonly DhcpOption[],
  limitBytes: number,
): readonly DhcpOption[] {
  let excess = encodedOptionsBytes(options) - limitBytes;
  if (excess <= 0) return options;
  const kept = [...options];
  for (const rank of ["first", "late", "last"] as const) {
    for (let i = kept.length - 1; i >= 0 && excess > 0; i--) {
      const option = kept[i]!;
      if (dropRank(option.code) !== rank) continue;
      kept.splice(i, 1);
      excess -= encodedOptionBytes(option);
    }
  }
  return kept;
}

/** When the option goes if a reply is too large. */
export function dropRank(code: number): DropRank {
  return optionOfCode(code)?.dropped ?? "first";
}
