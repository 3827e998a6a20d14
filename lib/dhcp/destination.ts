/** Where a reply goes (RFC 2131 section 4.1, end). */

import { broadcastOf } from "../net/cidr.ts";
import { BROADCAST_IPV4, type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress } from "../net/mac_address.ts";
import type { ClientRequest } from "./classify.ts";
import type { PoolParameters } from "./lease.ts";
import { BROADCAST_FLAG, type ReplyMessage } from "./message.ts";
import type { ReplyDecision } from "./reply.ts";

/** Addresses of one frame; the port is always the client's. */
export interface Destination {
  readonly ip: Ipv4Address;
  readonly mac: MacAddress;
}

const EVERYBODY: Destination = { ip: BROADCAST_IPV4, mac: BROADCAST_MAC };

/**
 * One destination, or two for the NAK of a unicast request: the RFC has it broadcast, but dhcpcd,
 * networkd and NetworkManager listen only on their own address while they renew and would keep a
 * dead address until they rebind.
 */
export function destinationsOf(
  decision: ReplyDecision,
  reply: ReplyMessage,
  { request, parameters }: {
    readonly request: ClientRequest;
    readonly parameters: PoolParameters;
  },
): readonly Destination[] {
  const { ethernetSource, destinationIp } = request.frame;
  if (decision.kind === "nak") {
    const sentToServer = destinationIp === parameters.serverIp;
    return sentToServer && isHostAddress(request.ciaddr, parameters)
      ? [EVERYBODY, { ip: request.ciaddr, mac: ethernetSource }]
      : [EVERYBODY];
  }
  // The request's source and not `chaddr`: a renewal may have come through a router.
  if (reply.ciaddr !== UNSPECIFIED_IPV4) return [{ ip: reply.ciaddr, mac: ethernetSource }];
  if ((reply.flags & BROADCAST_FLAG) !== 0) return [EVERYBODY];
  return [{ ip: reply.yiaddr, mac: request.mac }];
}

/**
 * Whether a client can have this address. `ciaddr` is what the packet claims, and nothing must be
 * sent to the server itself, the router or a group because a packet says so.
 */
function isHostAddress(address: Ipv4Address, { cidr, router, serverIp }: PoolParameters): boolean {
  const firstOctet = address >>> 24;
  const isUnicast = firstOctet !== 0 && firstOctet !== 127 && firstOctet < 224;
  return isUnicast && address !== serverIp && address !== router && address !== cidr.network &&
    address !== broadcastOf(cidr);
}
