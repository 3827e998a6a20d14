/**
 * Where a client is: on this link, on one that a relay agent of the pool serves, or elsewhere. All that
 * a message says about it is judged here and nowhere else, and so is what the reply repeats of it.
 *
 * What a message says is not proven, so how far it is believed depends on what it could do:
 *
 * - `giaddr` has the reply sent to any address, so the pool has to list it.
 * - Link selection (sub-option 5 of option 82, RFC 3527) and subnet selection (option 118, RFC 3011) can
 *   only keep this server from answering. They are believed, whoever writes them.
 * - The server identifier override (sub-option 11, RFC 5107) has clients send their renewals to another
 *   host. Any host can write a listed `giaddr`; one that also sends from it can do no more than the
 *   relay agent itself.
 * - The relay's source port (sub-option 19, RFC 8357) changes no more than the port at `giaddr`.
 */

import { readUint32 } from "../../net/bytes.ts";
import { cidrContains } from "../../net/cidr.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { specialBlockOfAddress } from "../../net/special_blocks.ts";
import { OptionCode } from "../options/registry.ts";
import { subOptionEnd } from "../options/sub_options.ts";
import type { PoolParameters } from "../pool.ts";
import { type DhcpMessage, SERVER_PORT } from "../wire/message.ts";

/** Why a message does not come from a client on a link of the pool; fit for a metric label. */
export type LinkRejection =
  /** By a relay agent that the pool does not list. */
  | "relayed"
  /** Sent to this server from outside the network, and not from the client's own address. */
  | "foreignSource"
  /** From another Ethernet address than the client's, where the pool wants them to be the same. */
  | "chaddrMismatch"
  /** Relayed as it says, but not from a relay agent to this server, where the pool wants it to be. */
  | "relayMismatch"
  /** It asks for an address of another network. */
  | "otherLink";

/** How a client is reached, and what it and its relay agent said that matters for the reply. */
export interface ClientLink {
  /** Whether the message came by a relay agent, which the reply then goes back to. */
  readonly isRelayed: boolean;
  /** UDP port that the relay agent takes replies at. */
  readonly relayPort: number;
  /** The address by which clients are to know the server. */
  readonly serverIdentifierOverride: Ipv4Address | undefined;
  /** Whether the reply repeats option 118, which says that the address is of that subnet. */
  readonly isSubnetSelected: boolean;
}

/** The link, or the first reason against it. */
export type LinkResult =
  | ({ readonly ok: true } & ClientLink)
  | { readonly ok: false; readonly reason: LinkRejection };

/** What a message arrived in. */
export interface MessageOrigin {
  readonly frame: UdpFrame;
  /** From `chaddr`. */
  readonly mac: MacAddress;
}

const DIRECT: LinkResult = {
  ok: true,
  isRelayed: false,
  relayPort: SERVER_PORT,
  serverIdentifierOverride: undefined,
  isSubnetSelected: false,
};

/** Sub-options that are looked at; the others only go back as they came. */
const SubOption = {
  linkSelection: 5,
  serverIdentifierOverride: 11,
  relaySourcePort: 19,
} as const;

/** Relay agent information of one message, as far as it has the proper form. */
interface RelayInformation {
  readonly linkSelection: Ipv4Address | undefined;
  readonly serverIdentifierOverride: Ipv4Address | undefined;
  readonly hasSourcePort: boolean;
}

const NO_RELAY_INFORMATION: RelayInformation = {
  linkSelection: undefined,
  serverIdentifierOverride: undefined,
  hasSourcePort: false,
};

/** Judges where a client is. */
export function linkOf(
  message: DhcpMessage,
  origin: MessageOrigin,
  parameters: PoolParameters,
): LinkResult {
  const isRelayed = message.giaddr !== UNSPECIFIED_IPV4;
  const reason = isRelayed
    ? rejectionOfRelayed(message.giaddr, origin.frame, parameters)
    : rejectionOfDirect(message.ciaddr, origin, parameters);
  if (reason !== undefined) return { ok: false, reason };
  const relay = relayInformationOf(message);
  const subnet = selectedSubnetOf(message);
  if (!isRelayed && relay === NO_RELAY_INFORMATION && subnet === undefined) return DIRECT;
  // RFC 3527 section 3: the relay agent knows better than the client.
  const selected = relay.linkSelection ?? subnet;
  if (selected !== undefined && !cidrContains(parameters.cidr, selected)) {
    return { ok: false, reason: "otherLink" };
  }
  const { giaddr } = message;
  const { sourceIp, sourcePort } = origin.frame;
  return {
    ok: true,
    isRelayed,
    relayPort: isRelayed && relay.hasSourcePort && sourcePort !== 0 ? sourcePort : SERVER_PORT,
    serverIdentifierOverride: isRelayed && sourceIp === giaddr
      ? relay.serverIdentifierOverride
      : undefined,
    isSubnetSelected: subnet !== undefined && cidrContains(parameters.cidr, subnet),
  };
}

function rejectionOfRelayed(
  giaddr: Ipv4Address,
  { ethernetSource, sourceIp, destinationIp }: UdpFrame,
  { relays = [], relayMacs, serverIp, strictChaddr }: PoolParameters,
): LinkRejection | undefined {
  const isAllowed = relays.includes(giaddr) && giaddr !== serverIp && canBeHost(giaddr);
  if (!isAllowed) return "relayed";
  if (relayMacs !== undefined && !relayMacs.includes(ethernetSource)) return "relayMismatch";
  if (strictChaddr !== true) return undefined;
  // A relay agent with several addresses sends from that towards the server and puts the one towards
  // the client into `giaddr`: a pool that wants to know lists both.
  const isFromRelay = destinationIp === serverIp && relays.includes(sourceIp);
  return isFromRelay ? undefined : "relayMismatch";
}

function rejectionOfDirect(
  ciaddr: Ipv4Address,
  { frame: { ethernetSource, sourceIp, destinationIp }, mac }: MessageOrigin,
  { cidr, serverIp, strictChaddr }: PoolParameters,
): LinkRejection | undefined {
  // A client has no address yet or sends from the one that it says it has. Anything else that is
  // routed here is an attempt to find out which clients are bound.
  const isForeign = destinationIp === serverIp && sourceIp !== UNSPECIFIED_IPV4 &&
    sourceIp !== ciaddr && !cidrContains(cidr, sourceIp);
  if (isForeign) return "foreignSource";
  return strictChaddr === true && ethernetSource !== mac ? "chaddrMismatch" : undefined;
}

/** Option 118. One of another length, or of no network at all, says nothing. */
function selectedSubnetOf({ options }: DhcpMessage): Ipv4Address | undefined {
  const subnet = options.uint32(OptionCode.subnetSelection) as Ipv4Address | undefined;
  return subnet === UNSPECIFIED_IPV4 ? undefined : subnet;
}

/** Reads option 82. One that runs past its end says nothing at all. */
function relayInformationOf({ options }: DhcpMessage): RelayInformation {
  const value = options.get(OptionCode.relayAgentInformation);
  if (value === undefined) return NO_RELAY_INFORMATION;
  let linkSelection: Ipv4Address | undefined;
  let serverIdentifierOverride: Ipv4Address | undefined;
  let hasSourcePort = false;
  let at = 0;
  while (at < value.length) {
    const end = subOptionEnd(value, at);
    if (end === undefined) return NO_RELAY_INFORMATION;
    const code = value[at];
    const address = end === at + 6 ? readUint32(value, at + 2) as Ipv4Address : UNSPECIFIED_IPV4;
    if (code === SubOption.relaySourcePort) hasSourcePort = true;
    else if (code === SubOption.linkSelection && address !== UNSPECIFIED_IPV4) {
      linkSelection = address;
    } else if (code === SubOption.serverIdentifierOverride && canBeHost(address)) {
      serverIdentifierOverride = address;
    }
    at = end;
  }
  return { linkSelection, serverIdentifierOverride, hasSourcePort };
}

function canBeHost(address: Ipv4Address): boolean {
  return specialBlockOfAddress(address) === undefined;
}
