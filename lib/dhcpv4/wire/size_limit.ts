/** How large a reply may be, and what it leaves out first when it would be larger. */

import { type DropRank, optionOfCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";

/** Every client takes IP packets of this size (RFC 2131 section 2), so option 57 cannot go below. */
const PACKET_BYTES_MIN = 576;

/** IPv4 header without options, and UDP header: option 57 counts them, a payload does not. */
const HEADER_BYTES = 28;

/**
 * The largest message for a client.
 *
 * @param maximumMessageSize Option 57 of the request, if it had one.
 * @param mtuBytes The largest IP packet of the way to the client.
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
 * Options from the one that is kept longest to the one that goes first: by rank, and within a rank
 * the client's order of preference.
 */
export function byImportance(options: readonly DhcpOption[]): readonly DhcpOption[] {
  return (["never", "last", "late", "first"] as const).flatMap((rank) =>
    options.filter(({ code }) => dropRank(code) === rank)
  );
}

/** When the option goes if a reply is too large. */
export function dropRank(code: number): DropRank {
  return optionOfCode(code)?.dropped ?? "first";
}
