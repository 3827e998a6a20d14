/** The whole way of a packet through the server. */

import { ETHERNET_HEADER_BYTES, type ReceivedFrame } from "../net/ethernet.ts";
import { decodeUdpFrame, type FrameRejection } from "../net/frame.ts";
import type { FrameMemory } from "../net/frame_memory.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { type MacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import {
  classify,
  type ClientRequest,
  type ClientState,
  clientStateOf,
} from "./answer/classify.ts";
import type { ClientGuard } from "./guard/client_guard.ts";
import { decide, type Decision, type IgnoreReason } from "./answer/decide.ts";
import { decodeMessage, type MessageRejection } from "./wire/decode.ts";
import { type EncodedReplies, encodeReplies } from "./answer/encode_replies.ts";
import type { LeaseTable } from "./lease.ts";
import type { MessageType } from "./options/message_type.ts";
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

/** Limits on what clients may ask, at the time of a frame. */
export interface Protection {
  readonly guard: ClientGuard;
  /** Milliseconds of the clock that the guard knows. */
  readonly nowMs: number;
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
  | IgnoreReason
  | "rateLimited"
  /** No OFFER for a while, because the client declined its address. */
  | "heldOff";

/** What became of a frame; what could not be read of it is `undefined`. */
export interface Answer {
  readonly outcome: AnswerOutcome;
  readonly messageType: MessageType | undefined;
  /** The client, from `chaddr`. */
  readonly mac: MacAddress | undefined;
  /** State of the client that sent a REQUEST. */
  readonly state: ClientState | undefined;
  /** The address in the reply. */
  readonly yiaddr: Ipv4Address | undefined;
  /** A direct message that came from another Ethernet address than its `chaddr`. */
  readonly isForeignChaddr: boolean;
  /** False when unknown clients are so many that another log line would be too much. */
  readonly isWorthALine: boolean;
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
 * @param protection Without it nothing is remembered or limited: the same frame and context then
 * always give the same answer.
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
  protection?: Protection,
): Answer {
  if (frame.packetType > PACKET_TYPES_MAX) return dropped("otherHost");
  if (frame.bytes.length > context.mtuBytes + ETHERNET_HEADER_BYTES) return dropped("frameTooLong");
  const datagram = decodeUdpFrame(frame.bytes, frame.checksumReady);
  if (!datagram.ok) return dropped(datagram.reason);
  const notOurs = screenDatagram(datagram, context);
  if (notOurs !== undefined) return dropped(notOurs);
  const decoded = decodeMessage(datagram.payload);
  if (!decoded.ok) return dropped(decoded.reason);
  const { message } = decoded;
  const mac = macAddressFromBytes(message.chaddr);
  const unfit = screenMessage({ message, mac, frame: datagram }, context);
  if (unfit !== undefined) {
    return { ...dropped(unfit), messageType: message.messageType, mac };
  }
  const arrival = { frame: datagram, mac, serverIp: context.table.parameters.serverIp };
  return answerRequest(classify(message, arrival), context, protection);
}

function dropped(outcome: AnswerOutcome): Answer {
  return {
    outcome,
    messageType: undefined,
    mac: undefined,
    state: undefined,
    yiaddr: undefined,
    isForeignChaddr: false,
    isWorthALine: true,
    replies: NO_REPLIES.frames,
    leftOut: NO_REPLIES.leftOut,
  };
}

function answerRequest(
  request: ClientRequest,
  context: AnswerContext,
  protection: Protection | undefined,
): Answer {
  const { mac, message: { messageType }, isRelayed, frame } = request;
  const decision = decide(request, context.table);
  const ruling = protection === undefined
    ? NO_RULING
    : rule(decision, request, { table: context.table, protection });
  const isAnswered = decision.kind !== "ignore" && ruling.refusal === undefined;
  const known = decision.kind === "ignore" ? decision.reason : decision.kind;
  const { frames, leftOut } = isAnswered ? encodeReplies(decision, request, context) : NO_REPLIES;
  return {
    outcome: ruling.refusal ?? known,
    messageType,
    mac,
    state: clientStateOf(request.kind),
    yiaddr: isAnswered && "yiaddr" in decision ? decision.yiaddr : undefined,
    isForeignChaddr: !isRelayed && frame.ethernetSource !== mac,
    isWorthALine: ruling.isWorthALine,
    replies: frames,
    leftOut,
  };
}

/** What the guard says about a packet. */
interface Ruling {
  readonly refusal: "rateLimited" | "heldOff" | undefined;
  readonly isWorthALine: boolean;
}

const NO_RULING: Ruling = { refusal: undefined, isWorthALine: true };
const UNANSWERED: Ruling = { refusal: undefined, isWorthALine: false };
const RATE_LIMITED: Ruling = { refusal: "rateLimited", isWorthALine: false };
const HELD_OFF: Ruling = { refusal: "heldOff", isWorthALine: true };

/** The guard counts every request. Only bound clients are counted one by one. */
function rule(
  decision: Decision,
  { mac, message: { messageType } }: ClientRequest,
  { table, protection: { guard, nowMs } }: {
    readonly table: LeaseTable;
    readonly protection: Protection;
  },
): Ruling {
  if (table.addressOf(mac) === undefined) {
    if (guard.admitUnknown(nowMs)) return NO_RULING;
    return decision.kind === "ignore" ? UNANSWERED : RATE_LIMITED;
  }
  if (!guard.admitBound(mac, messageType, nowMs)) return RATE_LIMITED;
  if (decision.kind === "ignore") {
    if (decision.reason === "declined") guard.holdOff(mac, nowMs);
    return NO_RULING;
  }
  return messageType === "DISCOVER" && guard.isHeldOff(mac, nowMs) ? HELD_OFF : NO_RULING;
}
