/** Brings packets of the test network to the stage that a test is about. */

import assert from "node:assert/strict";
import { type Answer, type AnswerContext, answerFrame } from "../../../lib/dhcpv4/answer.ts";
import { linkOf } from "../../../lib/dhcpv4/answer/client_link.ts";
import { classify, type ClientRequest } from "../../../lib/dhcpv4/answer/classify.ts";
import { decodeMessage } from "../../../lib/dhcpv4/wire/decode.ts";
import type { DhcpMessage } from "../../../lib/dhcpv4/wire/message.ts";
import { decodeUdpFrame } from "../../../lib/net/frame.ts";
import { macAddressFromBytes } from "../../../lib/net/mac_address.ts";
import {
  clientFrame,
  type ClientPacket,
  clientPayload,
  ip,
  leaseTable,
  poolParameters,
  SERVER_IP,
  SERVER_MAC,
} from "./dhcp_packets.ts";
import { readReply, type Reply } from "./dhcp_replies.ts";

/** The message of a well-formed packet. */
export function messageOf(packet: ClientPacket): DhcpMessage {
  const decoded = decodeMessage(clientPayload(packet));
  assert.ok(decoded.ok, "the packet of the test is well formed");
  return decoded.message;
}

/** The classified request of a well-formed packet; its relay agent is the pool's. */
export function requestOf(packet: ClientPacket): ClientRequest {
  const frame = decodeUdpFrame(clientFrame(packet), true);
  assert.ok(frame.ok, "the frame of the test is well formed");
  const message = messageOf(packet);
  const mac = macAddressFromBytes(message.chaddr);
  const link = linkOf(message, { frame, mac }, poolParameters({ relays: [message.giaddr] }));
  assert.ok(link.ok, "the client of the test is on the link or behind a relay agent");
  return classify(message, { frame, mac, link, serverIp: ip(SERVER_IP) });
}

/** The server of the test network, with the given changes. */
export function answerContext(changes: Partial<AnswerContext> = {}): AnswerContext {
  return { table: leaseTable(), macAddress: SERVER_MAC, mtuBytes: 1500, ...changes };
}

/** The server's answer to a packet. */
export function answer(packet: ClientPacket, changes: Partial<AnswerContext> = {}): Answer {
  return answerBytes(clientFrame(packet), changes);
}

/** The server's answer to a frame of any content. */
export function answerBytes(bytes: Uint8Array, changes: Partial<AnswerContext> = {}): Answer {
  return answerFrame({ bytes, packetType: 1, checksumReady: true }, answerContext(changes));
}

/** The one reply to a packet, read. */
export function replyTo(packet: ClientPacket, changes: Partial<AnswerContext> = {}): Reply {
  const { outcome, replies } = answer(packet, changes);
  assert.equal(replies.length, 1, outcome);
  return readReply(replies[0]!);
}
