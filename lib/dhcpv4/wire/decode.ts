/** Bytes to DHCP message (RFC 2131 section 2, options of RFC 2132). */

import { readUint16, readUint32 } from "../../net/bytes.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { messageTypeFromCode } from "../options/message_type.ts";
import { OptionCode, optionOfCode } from "../options/registry.ts";
import type { DhcpMessage } from "./message.ts";
import { CHADDR_BYTES, FieldOffset, MAGIC_COOKIE } from "./message_layout.ts";
import { type DhcpOptions, readOptions } from "./options.ts";

/** Why a payload is no DHCP message; fit for a metric label. */
export type MessageRejection =
  | "messageTooShort"
  | "badMagicCookie"
  | "optionOverrun"
  | "noMessageType"
  | "badMessageType"
  | "badOptionLength";

/** A message, or the first reason against one. */
export type MessageResult =
  | { readonly ok: true; readonly message: DhcpMessage }
  | { readonly ok: false; readonly reason: MessageRejection };

/**
 * What a message asks for depends on these, so one with a wrong length makes the message unreadable.
 * Of all others, such as a lease time or a message size, a wrong length makes the option as good as
 * absent: the address is bound to the client anyway, and a client is better served without its wish
 * than not at all.
 */
const DECISIVE = [OptionCode.requestedIpAddress, OptionCode.serverIdentifier]
  .map((code) => ({ code, bytes: optionOfCode(code)!.kind.lengths.max }));

/**
 * Reads a message of either direction. Never throws. Messages shorter than the 300 octets of
 * BOOTP are common and accepted; plain BOOTP without a cookie or a message type is not.
 *
 * @param payload The UDP payload; the message keeps views into it.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * deepEqual(decodeMessage(new Uint8Array(300)), { ok: false, reason: "badMagicCookie" });
 * ```
 */
export function decodeMessage(payload: Uint8Array): MessageResult {
  if (payload.length <= FieldOffset.options) return { ok: false, reason: "messageTooShort" };
  if (readUint32(payload, FieldOffset.cookie) !== MAGIC_COOKIE) {
    return { ok: false, reason: "badMagicCookie" };
  }
  const options = readOptions(payload);
  if (options === undefined) return { ok: false, reason: "optionOverrun" };
  if (options.lengthOf(OptionCode.messageType) === undefined) {
    return { ok: false, reason: "noMessageType" };
  }
  const messageType = messageTypeFromCode(options.uint8(OptionCode.messageType) ?? 0);
  if (messageType === undefined) return { ok: false, reason: "badMessageType" };
  if (!hasProperLengths(options)) return { ok: false, reason: "badOptionLength" };
  return {
    ok: true,
    message: {
      messageType,
      op: payload[FieldOffset.op]!,
      htype: payload[FieldOffset.htype]!,
      hlen: payload[FieldOffset.hlen]!,
      hops: payload[FieldOffset.hops]!,
      xid: readUint32(payload, FieldOffset.xid),
      secs: readUint16(payload, FieldOffset.secs),
      flags: readUint16(payload, FieldOffset.flags),
      ciaddr: readUint32(payload, FieldOffset.ciaddr) as Ipv4Address,
      yiaddr: readUint32(payload, FieldOffset.yiaddr) as Ipv4Address,
      siaddr: readUint32(payload, FieldOffset.siaddr) as Ipv4Address,
      giaddr: readUint32(payload, FieldOffset.giaddr) as Ipv4Address,
      chaddr: payload.subarray(FieldOffset.chaddr, FieldOffset.chaddr + CHADDR_BYTES),
      options,
    },
  };
}

function hasProperLengths(options: DhcpOptions): boolean {
  for (const { code, bytes } of DECISIVE) {
    const length = options.lengthOf(code);
    if (length !== undefined && length !== bytes) return false;
  }
  return true;
}
