/** Finds DHCP servers that this network should not have. Their broadcast replies are seen here, too. */

import type { ReceivedFrame } from "../../net/ethernet.ts";
import { decodeUdpFrame } from "../../net/frame.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { decodeMessage } from "../wire/decode.ts";
import { BOOTREPLY, CLIENT_PORT } from "../wire/message.ts";
import { OptionCode } from "../options/registry.ts";

/** A server as its reply shows it. */
export interface OtherServer {
  readonly mac: MacAddress;
  /** Option 54, or where the reply came from. */
  readonly serverIdentifier: Ipv4Address;
}

/**
 * The server that sent a frame, if the frame is a DHCP reply. A server with our address is another
 * agent of the same pool and does not count. Never throws.
 *
 * @param serverIp Our own address.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
 * const frame = { bytes: new Uint8Array(60), checksumReady: true };
 * equal(otherServerOf(frame, UNSPECIFIED_IPV4), undefined);
 * ```
 */
export function otherServerOf(
  { bytes, checksumReady }: Pick<ReceivedFrame, "bytes" | "checksumReady">,
  serverIp: Ipv4Address,
): OtherServer | undefined {
  const datagram = decodeUdpFrame(bytes, checksumReady);
  if (!datagram.ok || datagram.destinationPort !== CLIENT_PORT) return undefined;
  const decoded = decodeMessage(datagram.payload);
  if (!decoded.ok || decoded.message.op !== BOOTREPLY) return undefined;
  const named = decoded.message.options.uint32(OptionCode.serverIdentifier);
  const serverIdentifier = (named ?? datagram.sourceIp) as Ipv4Address;
  if (serverIdentifier === serverIp) return undefined;
  return { mac: datagram.ethernetSource, serverIdentifier };
}
