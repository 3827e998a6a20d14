/** What a client wants: the states of RFC 2131 section 4.3.2, told apart by options and addresses. */

import type { UdpFrame } from "../net/frame.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";
import type { DhcpMessage } from "./message.ts";
import { OptionCode } from "./option_codes.ts";

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
  readonly message: DhcpMessage;
  readonly frame: UdpFrame;
}

/** What a message arrived with. */
export interface Arrival {
  readonly frame: UdpFrame;
  readonly mac: MacAddress;
  readonly serverIp: Ipv4Address;
}

/**
 * Names the row of the decision table. RENEWING and REBINDING differ only in where the packet was
 * sent to: the server's address or broadcast.
 */
export function classify(message: DhcpMessage, arrival: Arrival): ClientRequest {
  const { options } = message;
  const requestedIpAddress = options.uint32(OptionCode.requestedIpAddress) as
    | Ipv4Address
    | undefined;
  const request = {
    mac: arrival.mac,
    ciaddr: requestedIpAddress === undefined ? message.ciaddr : UNSPECIFIED_IPV4,
    requestedIpAddress,
    serverIdentifier: options.uint32(OptionCode.serverIdentifier) as Ipv4Address | undefined,
    message,
    frame: arrival.frame,
  };
  const sentToServer = arrival.frame.destinationIp === arrival.serverIp;
  return { kind: kindOf(request, sentToServer), ...request };
}

function kindOf(request: Omit<ClientRequest, "kind">, sentToServer: boolean): RequestKind {
  const { messageType } = request.message;
  switch (messageType) {
    case "DISCOVER":
      return "discover";
    case "REQUEST":
      if (request.serverIdentifier !== undefined) return "selecting";
      if (request.requestedIpAddress !== undefined) return "initReboot";
      if (request.ciaddr === UNSPECIFIED_IPV4) return "unaddressed";
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
