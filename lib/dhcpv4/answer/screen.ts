/** Sorts out packets that are no request of an Ethernet client to this server. */

import { edgeOf } from "../../net/cidr.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { BROADCAST_IPV4 } from "../../net/ipv4_address.ts";
import { isGroupMacAddress, type MacAddress } from "../../net/mac_address.ts";
import type { LeaseTable } from "../lease.ts";
import { BOOTREQUEST, type DhcpMessage, HTYPE_ETHERNET, SERVER_PORT } from "../wire/message.ts";

/** A message that passed more relays than this goes in circles (RFC 1542 section 4.1.1). */
const HOPS_MAX = 16;

/** Why a packet is not decided on; fit for a metric label. */
export type ScreenRejection =
  | "otherPort"
  | "otherDestination"
  | "badEthernetSource"
  | "notARequest"
  | "notEthernet"
  | "badClientMac"
  | "tooManyHops";

/** The server that screens. */
export interface ScreenContext {
  /** Address of the interface. */
  readonly macAddress: MacAddress;
  readonly table: LeaseTable;
}

/** @returns Why the datagram is not for this server; `undefined` when it is. */
export function screenDatagram(
  frame: UdpFrame,
  { macAddress, table: { parameters } }: ScreenContext,
): ScreenRejection | undefined {
  if (frame.destinationPort !== SERVER_PORT) return "otherPort";
  const isForUs = frame.destinationIp === BROADCAST_IPV4 ||
    frame.destinationIp === parameters.serverIp ||
    edgeOf(parameters.cidr, frame.destinationIp) === "broadcast";
  if (!isForUs) return "otherDestination";
  return isForeignHost(frame.ethernetSource, macAddress) ? undefined : "badEthernetSource";
}

/**
 * @param mac The address in `chaddr`.
 * @returns Why the message does not come from a client that can be served; `undefined` when it does.
 */
export function screenMessage(
  message: DhcpMessage,
  mac: MacAddress,
  { macAddress }: ScreenContext,
): ScreenRejection | undefined {
  if (message.op !== BOOTREQUEST) return "notARequest";
  if (message.htype !== HTYPE_ETHERNET || message.hlen !== 6) return "notEthernet";
  if (!isForeignHost(mac, macAddress)) return "badClientMac";
  return message.hops > HOPS_MAX ? "tooManyHops" : undefined;
}

function isForeignHost(mac: MacAddress, own: MacAddress): boolean {
  return mac !== 0 && mac !== own && !isGroupMacAddress(mac);
}
