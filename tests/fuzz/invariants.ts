/**
 * What holds for every answer, whatever the packet was. Replies are read at fixed offsets and
 * without the code under test.
 */

import type { Answer } from "../../lib/dhcpv4/answer.ts";
import type { LeaseTable } from "../../lib/dhcpv4/lease.ts";
import type { MacAddress } from "../../lib/net/mac_address.ts";

const PAYLOAD = 42;
const OPTIONS = PAYLOAD + 240;
const BROADCAST_MAC = 0xffffffffffff;
const BROADCAST_IP = 0xffffffff;

/** Largest payload for a client that says nothing of what it takes (RFC 2131 section 2). */
const PAYLOAD_BYTES_DEFAULT = 576 - 28;
const PAYLOAD_BYTES_MAX = 1500 - 28;

/** How much larger than the request a reply may be that somebody else gets. */
const AMPLIFICATION_BYTES_MAX = 600;

const ANSWERED = ["offer", "ack", "informAck", "nak"];

/** What a packet met. */
export interface Encounter {
  readonly request: Uint8Array;
  readonly answer: Answer;
  readonly table: LeaseTable;
  /** Address of the server's interface. */
  readonly serverMac: MacAddress;
}

/** @returns What is wrong with the answer, or `undefined`. */
export function violationOf(encounter: Encounter): string | undefined {
  const { outcome, replies } = encounter.answer;
  if (replies.length > 0 !== ANSWERED.includes(outcome)) return `${replies.length} x ${outcome}`;
  if (replies.length > (outcome === "nak" ? 2 : 1)) return `${replies.length} replies`;
  for (const reply of replies) {
    const violation = addressViolation(reply, encounter) ?? messageViolation(reply, encounter) ??
      sizeViolation(reply, encounter) ?? optionViolation(reply);
    if (violation !== undefined) return violation;
  }
  return undefined;
}

function addressViolation(reply: Uint8Array, { table, serverMac }: Encounter): string | undefined {
  const { serverIp, relays = [] } = table.parameters;
  if (macAt(reply, 6) !== serverMac || uint32At(reply, 26) !== serverIp) return "source";
  const mac = macAt(reply, 0);
  const isGroup = (reply[0]! & 1) === 1;
  if (mac === 0 || mac === serverMac || (isGroup && mac !== BROADCAST_MAC)) return "MAC";
  const ip = uint32At(reply, 30);
  const firstOctet = ip >>> 24;
  const isReserved = firstOctet === 0 || firstOctet === 127 || firstOctet >= 224;
  if (ip === serverIp || (isReserved && ip !== BROADCAST_IP)) return `sent to ${ip}`;
  const isRelay = relays.some((relay) => relay === ip);
  if (!isRelay && (reply[36]! << 8 | reply[37]!) !== 68) return "port";
  return undefined;
}

function messageViolation(reply: Uint8Array, { table, answer }: Encounter): string | undefined {
  if (reply[PAYLOAD] !== 2 || reply[PAYLOAD + 2] !== 6) return "op or hlen";
  if (uint32At(reply, PAYLOAD + 236) !== 0x63825363) return "magic cookie";
  const yiaddr = uint32At(reply, PAYLOAD + 16);
  const hasAddress = answer.outcome === "offer" || answer.outcome === "ack";
  const bound = table.addressOf(macAt(reply, PAYLOAD + 28));
  return yiaddr === (hasAddress ? bound : 0) ? undefined : `yiaddr ${yiaddr}`;
}

function sizeViolation(reply: Uint8Array, { request }: Encounter): string | undefined {
  const payloadBytes = reply.length - PAYLOAD;
  const namesSize = request.includes(57, PAYLOAD);
  const limit = namesSize ? PAYLOAD_BYTES_MAX : PAYLOAD_BYTES_DEFAULT;
  if (payloadBytes < 300 || payloadBytes > limit) return `${payloadBytes} octets`;
  const isRelayed = uint32At(reply, PAYLOAD + 24) !== 0;
  const isToSender = !isRelayed && macAt(reply, PAYLOAD + 28) === macAt(request, 6);
  return isToSender || reply.length <= request.length + AMPLIFICATION_BYTES_MAX
    ? undefined
    : "amplification";
}

/** Option 53 first, none empty but 80, END, zeros behind it. */
function optionViolation(reply: Uint8Array): string | undefined {
  if (reply[OPTIONS] !== 53 || reply[OPTIONS + 1] !== 1) return "option 53";
  let at = OPTIONS;
  while (at < reply.length && reply[at] !== 255) {
    if (reply[at + 1] === 0 && reply[at] !== 80) return `option ${reply[at]} is empty`;
    at += 2 + (reply[at + 1] ?? reply.length);
  }
  if (at >= reply.length) return "options overrun";
  for (let i = at + 1; i < reply.length; i++) if (reply[i] !== 0) return "junk behind END";
  return undefined;
}

function uint32At(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset]! << 24) | (bytes[offset + 1]! << 16) | (bytes[offset + 2]! << 8) |
    bytes[offset + 3]!) >>> 0;
}

function macAt(bytes: Uint8Array, offset: number): MacAddress {
  return ((bytes[offset]! << 8) | bytes[offset + 1]!) * 2 ** 32 +
    uint32At(bytes, offset + 2) as MacAddress;
}
