/** Types of messages, option 53. */

import { exactly, type ValueKind } from "./value_kind.ts";

/** In the order of their codes from 1 on (RFC 2132 section 9.6). */
const MESSAGE_TYPES = [
  "DISCOVER",
  "OFFER",
  "REQUEST",
  "DECLINE",
  "ACK",
  "NAK",
  "RELEASE",
  "INFORM",
] as const;

/** Kind of a message. */
export type MessageType = typeof MESSAGE_TYPES[number];

export const MESSAGE_TYPE: ValueKind<MessageType> = {
  lengths: exactly(1),
  encode: (type) => [messageTypeCode(type)],
  decode: (octets) => octets.length === 1 ? messageTypeFromCode(octets[0]!) : undefined,
  format: (type) => type,
};

/** @returns The type with this code, or `undefined` for any other code. */
export function messageTypeFromCode(code: number): MessageType | undefined {
  return MESSAGE_TYPES[code - 1];
}

/** The code of a message type on the wire. */
export function messageTypeCode(type: MessageType): number {
  return MESSAGE_TYPES.indexOf(type) + 1;
}
