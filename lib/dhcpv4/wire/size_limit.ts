/** How large a reply may be, and what it leaves out when it would be larger. */

import type { DhcpOption } from "./message.ts";
import { OptionCode } from "../options/option_codes.ts";
import { encodedOptionBytes, encodedOptionsBytes } from "./option_encoding.ts";

/** Every client takes IP packets of this size (RFC 2131 section 2), so option 57 cannot go below. */
const PACKET_BYTES_MIN = 576;

/** IPv4 header without options, and UDP header: option 57 counts them, a payload does not. */
const HEADER_BYTES = 28;

/** Without these a lease is none. */
const NEVER_DROPPED: readonly number[] = [
  OptionCode.subnetMask,
  OptionCode.ipAddressLeaseTime,
  OptionCode.messageType,
  OptionCode.serverIdentifier,
  // Without it the client would take the ACK of its DISCOVER for a mistake.
  OptionCode.rapidCommit,
  // Without it the client would not find the options in the other fields.
  OptionCode.overload,
];

/** Echoes go whole or not at all, and only when they alone are too large (RFC 3046 section 2.2). */
const ECHOES: readonly number[] = [
  OptionCode.clientIdentifier,
  OptionCode.subnetSelection,
  OptionCode.relayAgentInformation,
];

/** Sent to every client, asked for or not, and so dropped after the others. */
const DROPPED_LATE: readonly number[] = [
  OptionCode.router,
  OptionCode.domainNameServer,
  OptionCode.domainName,
  OptionCode.broadcastAddress,
  OptionCode.message,
  // Only boot clients get these, and they cannot go on without.
  OptionCode.vendorClassIdentifier,
  OptionCode.bootfileName,
  OptionCode.renewalTime,
  OptionCode.rebindingTime,
];

/**
 * The largest message for a client.
 *
 * @param maximumMessageSize Option 57 of the request, if it had one.
 * @param mtuBytes MTU of the interface.
 * @returns Octets of UDP payload.
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
 * @returns The options that fit, in their order; those without which a lease is none stay even
 * when they alone are more.
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
export function dropRank(code: number): "first" | "late" | "last" | "never" {
  if (NEVER_DROPPED.includes(code)) return "never";
  if (ECHOES.includes(code)) return "last";
  return DROPPED_LATE.includes(code) ? "late" : "first";
}
