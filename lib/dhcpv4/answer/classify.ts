/** What a client wants: the states of RFC 2131 section 4.3.2, told apart by options and addresses. */

import type { UdpFrame } from "../../net/frame.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import type { MessageType } from "../options/message_type.ts";
import type { DhcpMessage } from "../wire/message.ts";
import { OptionCode } from "../options/registry.ts";
import type { DhcpOptions } from "../wire/options.ts";
import type { ClientLink, MessageOrigin } from "./client_link.ts";

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
  readonly link: ClientLink;
  readonly message: DhcpMessage;
  readonly frame: UdpFrame;
}

/** What a message arrived with. */
export interface Arrival extends MessageOrigin {
  readonly link: ClientLink;
  readonly serverIp: Ipv4Address;
}

/**
 * Names the row of the decision table. RENEWING and REBINDING differ only in where the packet was
 * sent to: the server's address or broadcast.
 */
export function classify(message: DhcpMessage, arrival: Arrival): ClientRequest {
  const { options } = message;
  const { frame, mac, serverIp, link } = arrival;
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
    ownIdentifier: link.serverIdentifierOverride ?? serverIp,
    link,
    message,
    frame,
  };
}

function addressOption(options: DhcpOptions, code: number): Ipv4Address | undefined {
  return options.uint32(code) as Ipv4Address | undefined;
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
