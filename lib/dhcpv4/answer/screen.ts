/** Sorts out packets before they are decided on. What passes is a request of a client on this segment. */

import { cidrContains, edgesOf } from "../../net/cidr.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { BROADCAST_IPV4, type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { isGroupMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { isUnicastAddress } from "./host_address.ts";
import type { LeaseTable } from "../lease.ts";
import type { PoolParameters } from "../pool.ts";
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
  | "tooManyHops"
  | "relayed"
  | "foreignSource"
  | "chaddrMismatch";

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
    frame.destinationIp === edgesOf(parameters.cidr)?.broadcast;
  if (!isForUs) return "otherDestination";
  return isForeignHost(frame.ethernetSource, macAddress) ? undefined : "badEthernetSource";
}

/**
 * @param mac The address in `chaddr`.
 * @param frame What the message came in.
 * @returns Why the message does not come from a client that can be served; `undefined` when it does.
 */
export function screenMessage(
  { message, mac, frame }: {
    readonly message: DhcpMessage;
    readonly mac: MacAddress;
    readonly frame: UdpFrame;
  },
  { macAddress, table: { parameters } }: ScreenContext,
): ScreenRejection | undefined {
  if (message.op !== BOOTREQUEST) return "notARequest";
  if (message.htype !== HTYPE_ETHERNET || message.hlen !== 6) return "notEthernet";
  if (!isForeignHost(mac, macAddress)) return "badClientMac";
  if (message.hops > HOPS_MAX) return "tooManyHops";
  if (message.giaddr !== UNSPECIFIED_IPV4) {
    // Relay information is not authenticated, and the reply would go to any address that it names.
    return isAllowedRelay(message.giaddr, parameters) ? undefined : "relayed";
  }
  if (isFromForeignNetwork(message, frame, parameters)) return "foreignSource";
  return parameters.strictChaddr === true && frame.ethernetSource !== mac
    ? "chaddrMismatch"
    : undefined;
}

function isAllowedRelay(giaddr: Ipv4Address, { relays, serverIp }: PoolParameters): boolean {
  return relays !== undefined && relays.includes(giaddr) && giaddr !== serverIp &&
    isUnicastAddress(giaddr);
}

/**
 * A client has no address yet or sends from the one that it says it has. Anything else
 * that is routed here is an attempt to find out which clients are bound.
 */
function isFromForeignNetwork(
  message: DhcpMessage,
  { sourceIp, destinationIp }: UdpFrame,
  { cidr, serverIp }: PoolParameters,
): boolean {
  return destinationIp === serverIp && sourceIp !== UNSPECIFIED_IPV4 &&
    sourceIp !== message.ciaddr && !cidrContains(cidr, sourceIp);
}

function isForeignHost(mac: MacAddress, own: MacAddress): boolean {
  return mac !== 0 && mac !== own && !isGroupMacAddress(mac);
}
