/** What a client wants: the states of RFC 2131 section 4.3.2, told apart by options and addresses. */

import { readUint32 } from "../../net/bytes.ts";
import type { UdpFrame } from "../../net/frame.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { MessageType } from "../options/message_type.ts";
import { subOptionEnd } from "../options/sub_options.ts";
import { type DhcpMessage, SERVER_PORT } from "../wire/message.ts";
import { OptionCode } from "../options/registry.ts";
import type { DhcpOptions } from "../wire/options.ts";

/** State of a client that sent a REQUEST (RFC 2131 figure 5). */
export type ClientState = "selecting" | "initReboot" | "renewing" | "rebinding";

/** Rows of the decision table. */
export type RequestKind =
  | "discover"
  | ClientState
  /** A REQUEST that names no address. */
  | "unaddressed"
  | "decline"
  | "release"
  | "inform"
  /** A type that only servers send. */
  | "serverMessage";

/** A message with all that the answer to it depends on. */
export interface ClientRequest {
  readonly kind: RequestKind;
  /** From `chaddr`. */
  readonly mac: MacAddress;
  /** `ciaddr`; 0 when option 50 is there, which goes before it. */
  readonly ciaddr: Ipv4Address;
  /** Option 50. */
  readonly requestedIpAddress: Ipv4Address | undefined;
  /** Option 54. */
  readonly serverIdentifier: Ipv4Address | undefined;
  /** The address by which the client knows this server: option 54 of the reply. */
  readonly ownIdentifier: Ipv4Address;
  /** Whether it came by a relay agent, which the reply then goes back to. */
  readonly isRelayed: boolean;
  /** UDP port that a relay agent takes replies at. */
  readonly relayPort: number;
  readonly message: DhcpMessage;
  readonly frame: UdpFrame;
}

/** What a message arrived with, and by then has passed: relay agents are those of the pool. */
export interface Arrival {
  readonly frame: UdpFrame;
  readonly mac: MacAddress;
  readonly serverIp: Ipv4Address;
}

/** Sub-options that are looked at; the others only go back as they came. */
const SubOption = {
  /** RFC 5107. */
  serverIdentifierOverride: 11,
  /** RFC 8357. */
  relaySourcePort: 19,
} as const;

/** Relay agent information of one message. */
export interface RelayInformation {
  /** The address by which clients are to know the server. */
  readonly serverIdentifierOverride: Ipv4Address | undefined;
  /** Whether the relay wants replies at the port that it sent from. */
  readonly hasSourcePort: boolean;
}

/** What a message without option 82 says. */
export const NO_RELAY_INFORMATION: RelayInformation = {
  serverIdentifierOverride: undefined,
  hasSourcePort: false,
};

/**
 * Names the row of the decision table. RENEWING and REBINDING differ only in where the packet was
 * sent to: the server's address or broadcast.
 */
export function classify(message: DhcpMessage, arrival: Arrival): ClientRequest {
  const { options } = message;
  const { frame, mac, serverIp } = arrival;
  const isRelayed = message.giaddr !== UNSPECIFIED_IPV4;
  const relay = isRelayed ? relayInformationOf(message, frame) : NO_RELAY_INFORMATION;
  const requestedIpAddress = addressOption(options, OptionCode.requestedIpAddress);
  const serverIdentifier = addressOption(options, OptionCode.serverIdentifier);
  const ciaddr = requestedIpAddress === undefined ? message.ciaddr : UNSPECIFIED_IPV4;
  const addresses = { requestedIpAddress, serverIdentifier, ciaddr };
  return {
    kind: kindOf(message.messageType, addresses, frame.destinationIp === serverIp),
    mac,
    ciaddr,
    requestedIpAddress,
    serverIdentifier,
    ownIdentifier: relay.serverIdentifierOverride ?? serverIp,
    isRelayed,
    relayPort: relay.hasSourcePort ? frame.sourcePort : SERVER_PORT,
    message,
    frame,
  };
}

function addressOption(options: DhcpOptions, code: number): Ipv4Address | undefined {
  return options.uint32(code) as Ipv4Address | undefined;
}

/**
 * Any host can write an allowed `giaddr`. One that also sends from that address can do no more than
 * the relay agent itself.
 */
function relayInformationOf({ giaddr, options }: DhcpMessage, frame: UdpFrame): RelayInformation {
  const value = options.get(OptionCode.relayAgentInformation);
  return value === undefined || frame.sourceIp !== giaddr
    ? NO_RELAY_INFORMATION
    : readRelayInformation(value);
}

function kindOf(
  messageType: MessageType,
  { requestedIpAddress, serverIdentifier, ciaddr }: Pick<
    ClientRequest,
    "requestedIpAddress" | "serverIdentifier" | "ciaddr"
  >,
  sentToServer: boolean,
): RequestKind {
  switch (messageType) {
    case "DISCOVER":
      return "discover";
    case "REQUEST":
      if (serverIdentifier !== undefined) return "selecting";
      if (requestedIpAddress !== undefined) return "initReboot";
      if (ciaddr === UNSPECIFIED_IPV4) return "unaddressed";
      return sentToServer ? "renewing" : "rebinding";
    case "DECLINE":
      return "decline";
    case "RELEASE":
      return "release";
    case "INFORM":
      return "inform";
    case "OFFER":
    case "ACK":
    case "NAK":
      return "serverMessage";
    default:
      return messageType satisfies never;
  }
}

/** The client state of a row; `undefined` for all that is no REQUEST with an address. */
export function clientStateOf(kind: RequestKind): ClientState | undefined {
  switch (kind) {
    case "selecting":
    case "initReboot":
    case "renewing":
    case "rebinding":
      return kind;
    default:
      return undefined;
  }
}

/** Reads the value of option 82. One that runs past its end says nothing at all. */
export function readRelayInformation(value: Uint8Array): RelayInformation {
  let serverIdentifierOverride: Ipv4Address | undefined;
  let hasSourcePort = false;
  let at = 0;
  while (at < value.length) {
    const end = subOptionEnd(value, at);
    if (end === undefined) return NO_RELAY_INFORMATION;
    const code = value[at];
    if (code === SubOption.serverIdentifierOverride && end === at + 6) {
      serverIdentifierOverride = readUint32(value, at + 2) as Ipv4Address;
    }
    if (code === SubOption.relaySourcePort) hasSourcePort = true;
    at = end;
  }
  return { serverIdentifierOverride, hasSourcePort };
}
