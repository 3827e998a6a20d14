/** The whole way of a packet through the server. */

import { ETHERNET_HEADER_BYTES, type ReceivedFrame } from "../net/ethernet.ts";
import { decodeUdpFrame, type FrameRejection } from "../net/frame.ts";
import type { FrameMemory } from "../net/frame_memory.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../net/ipv4_address.ts";
import { type MacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import {
  classify,
  type ClientRequest,
  type ClientState,
  clientStateOf,
} from "./answer/classify.ts";
import { linkOf, type LinkRejection } from "./answer/client_link.ts";
import { decide, type IgnoreReason } from "./answer/decide.ts";
import { decodeMessage, type MessageRejection } from "./wire/decode.ts";
import { type EncodedReplies, encodeReplies } from "./answer/encode_replies.ts";
import type { LeaseTable } from "./lease.ts";
import type { MessageType } from "./options/message_type.ts";
import type { DhcpMessage } from "./wire/message.ts";
import { FieldOffset } from "./wire/message_layout.ts";
import type { DhcpOption } from "./options/value_kind.ts";
import type { ReplyDecision } from "./answer/reply.ts";
import { screenDatagram, screenMessage, type ScreenRejection } from "./answer/screen.ts";

/** What the answer depends on besides the frame. */
export interface AnswerContext {
  readonly table: LeaseTable;
  /** Address of the interface: source of the replies. */
  readonly macAddress: MacAddress;
  /** MTU of the interface. */
  readonly mtuBytes: number;
  /** Where replies are written; without it, each has memory of its own. */
  readonly memory?: FrameMemory;
}

/** What became of a frame; fit for a metric label. */
export type AnswerOutcome =
  | ReplyDecision["kind"]
  | "otherHost"
  /** Larger than the interface can carry: the sender's kernel put fragments together, or did not cut. */
  | "frameTooLong"
  | FrameRejection
  | MessageRejection
  | ScreenRejection
  | LinkRejection
  | IgnoreReason;

/** What became of a frame; what could not be read of it is `undefined`. */
export interface Answer {
  readonly outcome: AnswerOutcome;
  readonly messageType: MessageType | undefined;
  /** The client, from `chaddr`. */
  readonly mac: MacAddress | undefined;
  /** The request; its octets are views into the frame. */
  readonly message: DhcpMessage | undefined;
  /** State of the client that sent a REQUEST. */
  readonly state: ClientState | undefined;
  /** Option 54 of the request: the server that its client has chosen. */
  readonly serverIdentifier: Ipv4Address | undefined;
  /** The address in the reply. */
  readonly yiaddr: Ipv4Address | undefined;
  /** A direct message that came from another Ethernet address than its `chaddr`. */
  readonly isForeignChaddr: boolean;
  /** Complete Ethernet frames: none, one or two. */
  readonly replies: readonly Uint8Array[];
  /** Options that the reply had no room for. */
  readonly leftOut: readonly DhcpOption[];
}

const NO_REPLIES: EncodedReplies = { frames: [], leftOut: [] };

/**
 * PACKET_HOST and PACKET_BROADCAST. Frames of other types are for another host, or lost a VLAN
 * tag in the kernel.
 */
const PACKET_TYPES_MAX = 1;

/**
 * Answers a frame. Never throws, whatever the frame holds.
 *
 * Nothing is remembered and nobody is limited: the same frame and context always give the same
 * answer. Any host can write any `chaddr`, so a budget for each client, or a pause after its DECLINE,
 * would let that host spend what is the client's.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { clientFrame, leaseTable, SERVER_MAC } from "../../tests/support/dhcp/dhcp_packets.ts";
 * const context = { table: leaseTable(), macAddress: SERVER_MAC, mtuBytes: 1500 };
 * const frame = { bytes: clientFrame(), packetType: 1, checksumReady: true };
 * equal(answerFrame(frame, context).outcome, "offer");
 * ```
 */
export function answerFrame(
  frame: Omit<ReceivedFrame, "receivedMs">,
  context: AnswerContext,
): Answer {
  if (frame.packetType > PACKET_TYPES_MAX) return dropped("otherHost");
  if (frame.bytes.length > context.mtuBytes + ETHERNET_HEADER_BYTES) return dropped("frameTooLong");
  const datagram = decodeUdpFrame(frame.bytes, frame.checksumReady);
  if (!datagram.ok) return dropped(datagram.reason);
  const notOurs = screenDatagram(datagram, context);
  if (notOurs !== undefined) return dropped(notOurs);
  const decoded = decodeMessage(datagram.payload);
  if (!decoded.ok) return { ...dropped(decoded.reason), mac: clientMacIn(datagram.payload) };
  const { message } = decoded;
  const mac = macAddressFromBytes(message.chaddr);
  const { parameters } = context.table;
  const isForeignChaddr = message.giaddr === UNSPECIFIED_IPV4 && datagram.ethernetSource !== mac;
  const seen = { messageType: message.messageType, mac, message, isForeignChaddr };
  const unfit = screenMessage(message, mac, context);
  if (unfit !== undefined) return { ...dropped(unfit), ...seen };
  const link = linkOf(message, { frame: datagram, mac }, parameters);
  if (!link.ok) return { ...dropped(link.reason), ...seen };
  const arrival = { frame: datagram, mac, link, serverIp: parameters.serverIp };
  return answerRequest(classify(message, arrival), context);
}

/** The client of a message that cannot be read as a whole: it tells a log line from the others. */
function clientMacIn(payload: Uint8Array): MacAddress | undefined {
  return payload.length < FieldOffset.sname
    ? undefined
    : macAddressFromBytes(payload, FieldOffset.chaddr);
}

function dropped(outcome: AnswerOutcome): Answer {
  return {
    outcome,
    messageType: undefined,
    mac: undefined,
    message: undefined,
    state: undefined,
    serverIdentifier: undefined,
    yiaddr: undefined,
    isForeignChaddr: false,
    replies: NO_REPLIES.frames,
    leftOut: NO_REPLIES.leftOut,
  };
}

function answerRequest(request: ClientRequest, context: AnswerContext): Answer {
  const { mac, message, link, frame } = request;
  const decision = decide(request, context.table);
  const { frames, leftOut } = decision.kind === "ignore"
    ? NO_REPLIES
    : encodeReplies(decision, request, context);
  return {
    outcome: decision.kind === "ignore" ? decision.reason : decision.kind,
    messageType: message.messageType,
    mac,
    message,
    state: clientStateOf(request.kind),
    serverIdentifier: request.serverIdentifier,
    yiaddr: "yiaddr" in decision ? decision.yiaddr : undefined,
    isForeignChaddr: !link.isRelayed && frame.ethernetSource !== mac,
    replies: frames,
    leftOut,
  };
}
