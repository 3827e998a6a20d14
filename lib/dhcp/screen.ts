/** Which packets are looked at at all: what passes here is a request of a client on this segment. */

import { broadcastOf } from "../net/cidr.ts";
import type { UdpFrame } from "../net/frame.ts";
import { BROADCAST_IPV4, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import { isGroupMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { PoolParameters } from "./lease.ts";
import { BOOTREQUEST, type DhcpMessage, HTYPE_ETHERNET } from "./message.ts";

/** UDP port of servers (RFC 2131 section 4.1). */
export const SERVER_PORT = 67;

/** UDP port of clients (RFC 2131 section 4.1). */
export const CLIENT_PORT = 68;

/** A message that passed more relays than this circles (RFC 1542 section 4.1.1). */
const HOPS_MAX = 16;

/** Why a packet is not looked at; fit for a metric label. */
export type ScreenRejection =
  | "otherPort"
  | "otherDestination"
  | "badEthernetSource"
  | "notARequest"
  | "notEthernet"
  | "badClientMac"
  | "tooManyHops"
  | "relayed";

/** Who screens. */
export interface ScreenContext {
  /** Address of the interface. */
  readonly macAddress: MacAddress;
  readonly parameters: PoolParameters;
}

/** @returns Why the datagram is none for this server, or `undefined` for one that is. */
export function screenDatagram(
  frame: UdpFrame,
  { macAddress, parameters }: ScreenContext,
): ScreenRejection | undefined {
  if (frame.destinationPort !== SERVER_PORT) return "otherPort";
  const isForUs = frame.destinationIp === BROADCAST_IPV4 ||
    frame.destinationIp === parameters.serverIp ||
    frame.destinationIp === broadcastOf(parameters.cidr);
  if (!isForUs) return "otherDestination";
  return isForeignHost(frame.ethernetSource, macAddress) ? undefined : "badEthernetSource";
}

/**
 * @param mac The address in `chaddr`.
 * @returns Why the message is none of a client that can be served, or `undefined`.
 */
export function screenMessage(
  message: DhcpMessage,
  mac: MacAddress,
  { macAddress }: ScreenContext,
): ScreenRejection | undefined {
  if (message.op !== BOOTREQUEST) return "notARequest";
  if (message.htype !== HTYPE_ETHERNET || message.hlen !== 6) return "notEthernet";
  if (!isForeignHost(mac, macAddress)) return "badClientMac";
  if (message.hops > HOPS_MAX) return "tooManyHops";
  // Relay information is not authenticated, and the reply would go to any address that it names.
  if (message.giaddr !== UNSPECIFIED_IPV4) return "relayed";
  return undefined;
}

function isForeignHost(mac: MacAddress, own: MacAddress): boolean {
  return mac !== 0 && mac !== own && !isGroupMacAddress(mac);
}
