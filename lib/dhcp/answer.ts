/** The whole way of a packet through the server, as one pure function. */

import { decodeUdpFrame, encodeUdpFrame, type FrameRejection } from "../net/frame.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { type MacAddress, macAddressFromBytes } from "../net/mac_address.ts";
import { classify, type ClientRequest, type ClientState, clientStateOf } from "./classify.ts";
import { decide, type IgnoreReason } from "./decide.ts";
import { decodeMessage, type MessageRejection } from "./decode.ts";
import { destinationsOf } from "./destination.ts";
import { encodeMessage } from "./encode.ts";
import type { LeaseTable } from "./lease.ts";
import type { MessageType } from "./message.ts";
import { OptionCode } from "./option_codes.ts";
import { composeReply, type ReplyDecision } from "./reply.ts";
import {
  CLIENT_PORT,
  screenDatagram,
  screenMessage,
  type ScreenRejection,
  SERVER_PORT,
} from "./screen.ts";
import { messageLimitBytes } from "./size_limit.ts";

/** A frame as the interface handed it over. */
export interface FrameToAnswer {
  /** The frame from its Ethernet header on; not kept. */
  readonly bytes: Uint8Array;
  /** `sll_pkttype` of packet(7). */
  readonly packetType: number;
  /** False when the kernel left the UDP checksum to be filled in. */
  readonly checksumReady: boolean;
}

/** What the answer depends on besides the frame. */
export interface AnswerContext {
  readonly table: LeaseTable;
  /** Address of the interface: source of the replies. */
  readonly macAddress: MacAddress;
  /** MTU of the interface. */
  readonly mtuBytes: number;
}

/** What became of a frame; fit for a metric label. */
export type AnswerOutcome =
  | ReplyDecision["kind"]
  | "otherHost"
  | FrameRejection
  | MessageRejection
  | ScreenRejection
  | IgnoreReason;

/** What became of a frame, as far as it could be read. */
export interface Answer {
  readonly outcome: AnswerOutcome;
  readonly messageType?: MessageType;
  /** The client, from `chaddr`. */
  readonly mac?: MacAddress;
  /** State of the client that sent a REQUEST. */
  readonly state?: ClientState;
  /** The address in the reply. */
  readonly yiaddr?: Ipv4Address;
  /** Complete Ethernet frames: none, one or two. */
  readonly replies: readonly Uint8Array[];
}

const NO_REPLIES: readonly Uint8Array[] = [];

/**
 * PACKET_HOST and PACKET_BROADCAST. Frames of other types are for somebody else, or lost a VLAN tag
 * in the kernel.
 */
const PACKET_TYPES_MAX = 1;

/** Answers a frame. Same input, same answer; never throws, whatever the frame holds. */
export function answerFrame(frame: FrameToAnswer, context: AnswerContext): Answer {
  if (frame.packetType > PACKET_TYPES_MAX) return { outcome: "otherHost", replies: NO_REPLIES };
  const datagram = decodeUdpFrame(frame.bytes, frame.checksumReady);
  if (!datagram.ok) return { outcome: datagram.reason, replies: NO_REPLIES };
  const { parameters } = context.table;
  const screenContext = { macAddress: context.macAddress, parameters };
  const notOurs = screenDatagram(datagram, screenContext);
  if (notOurs !== undefined) return { outcome: notOurs, replies: NO_REPLIES };
  const decoded = decodeMessage(datagram.payload);
  if (!decoded.ok) return { outcome: decoded.reason, replies: NO_REPLIES };
  const { message } = decoded;
  const mac = macAddressFromBytes(message.chaddr);
  const { messageType } = message;
  const unfit = screenMessage(message, mac, screenContext);
  if (unfit !== undefined) return { outcome: unfit, messageType, mac, replies: NO_REPLIES };
  const arrival = { frame: datagram, mac, serverIp: parameters.serverIp };
  return answerRequest(classify(message, arrival), context);
}

function answerRequest(request: ClientRequest, context: AnswerContext): Answer {
  const { mac, message: { messageType } } = request;
  const state = clientStateOf(request.kind);
  const known = { messageType, mac, ...(state === undefined ? {} : { state }) };
  const decision = decide(request, context.table);
  if (decision.kind === "ignore") {
    return { outcome: decision.reason, ...known, replies: NO_REPLIES };
  }
  return {
    outcome: decision.kind,
    ...known,
    ...(decision.kind === "nak" ? {} : { yiaddr: decision.yiaddr }),
    replies: encodeReplies(decision, request, context),
  };
}

function encodeReplies(
  decision: ReplyDecision,
  request: ClientRequest,
  { table: { parameters }, macAddress, mtuBytes }: AnswerContext,
): readonly Uint8Array[] {
  const reply = composeReply(decision, request, parameters);
  const maximumMessageSize = request.message.options.uint16(OptionCode.maximumMessageSize);
  const payload = encodeMessage(reply, messageLimitBytes(maximumMessageSize, mtuBytes));
  return destinationsOf(decision, reply, { request, parameters }).map((destination) =>
    encodeUdpFrame({
      ethernetSource: macAddress,
      ethernetDestination: destination.mac,
      sourceIp: parameters.serverIp,
      destinationIp: destination.ip,
      sourcePort: SERVER_PORT,
      destinationPort: CLIENT_PORT,
      payload,
    })
  );
}
