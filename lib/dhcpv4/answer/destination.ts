/** Where a reply goes (RFC 2131 section 4.1, end). */

import { BROADCAST_IPV4, type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { BROADCAST_MAC, type MacAddress } from "../../net/mac_address.ts";
import type { ClientRequest } from "./classify.ts";
import { isHostAddress } from "./host_address.ts";
import type { PoolParameters } from "../pool.ts";
import { BROADCAST_FLAG, CLIENT_PORT, type ReplyMessage } from "../wire/message.ts";
import type { ReplyDecision } from "./reply.ts";

/** Addresses of one frame. */
export interface Destination {
  readonly ip: Ipv4Address;
  readonly mac: MacAddress;
  readonly port: number;
}

const EVERYBODY: Destination = { ip: BROADCAST_IPV4, mac: BROADCAST_MAC, port: CLIENT_PORT };
const ONLY_EVERYBODY: readonly Destination[] = [EVERYBODY];

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
  // The request's source and not `chaddr`: it may have come by a relay agent or a router.
  const mac = request.frame.ethernetSource;
  const { isRelayed, relayPort } = request.link;
  if (isRelayed) return [{ ip: reply.giaddr, mac, port: relayPort }];
  if (decision.kind === "nak") {
    const sentToServer = request.frame.destinationIp === parameters.serverIp;
    return sentToServer && isHostAddress(request.ciaddr, parameters)
      ? [EVERYBODY, { ip: request.ciaddr, mac, port: CLIENT_PORT }]
      : ONLY_EVERYBODY;
  }
  if (decision.kind === "informAck") return [{ ip: decision.clientIp, mac, port: CLIENT_PORT }];
  if (reply.ciaddr !== UNSPECIFIED_IPV4) return [{ ip: reply.ciaddr, mac, port: CLIENT_PORT }];
  if ((reply.flags & BROADCAST_FLAG) !== 0) return ONLY_EVERYBODY;
  return [{ ip: reply.yiaddr, mac: request.mac, port: CLIENT_PORT }];
}
