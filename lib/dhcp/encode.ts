/** Reply to bytes (RFC 2131 section 2), long options in pieces (RFC 3396). */

import { writeUint16, writeUint32 } from "../net/bytes.ts";
import { BOOTREPLY, type DhcpOption, HTYPE_ETHERNET, type ReplyMessage } from "./message.ts";
import { FieldOffset, MAGIC_COOKIE } from "./message_layout.ts";
import { OptionCode } from "./option_codes.ts";
import { layOutOptions, type OptionLayout } from "./overload.ts";
import { encodedOptionBytes, OPTION_BYTES_MAX } from "./size_limit.ts";

/** Smallest BOOTP message (RFC 1542 section 2.1); some clients drop shorter ones. */
export const MESSAGE_BYTES_MIN = 300;

/** A reply whose size is settled. */
export interface SizedReply {
  readonly message: ReplyMessage;
  readonly layout: OptionLayout;
  /** Octets of the message, padding included. */
  readonly sizeBytes: number;
}

/**
 * Settles what a reply holds.
 *
 * @param limitBytes Largest message that may come out; optional options go when it is tight.
 */
export function sizeReply(message: ReplyMessage, limitBytes: number): SizedReply {
  const layout = layOutOptions(message, limitBytes - FieldOffset.options - 1);
  const sizeBytes = FieldOffset.options + layout.optionBytes + 1;
  return { message, layout, sizeBytes: Math.max(sizeBytes, MESSAGE_BYTES_MIN) };
}

/**
 * Writes a reply.
 *
 * @param bytes All zero from the offset on, with room for the reply.
 */
export function writeReply(
  { message, layout }: SizedReply,
  bytes: Uint8Array,
  offset: number,
): void {
  bytes[offset + FieldOffset.op] = BOOTREPLY;
  bytes[offset + FieldOffset.htype] = HTYPE_ETHERNET;
  bytes[offset + FieldOffset.hlen] = 6;
  writeUint32(bytes, offset + FieldOffset.xid, message.xid);
  writeUint16(bytes, offset + FieldOffset.flags, message.flags);
  writeUint32(bytes, offset + FieldOffset.ciaddr, message.ciaddr);
  writeUint32(bytes, offset + FieldOffset.yiaddr, message.yiaddr);
  writeUint32(bytes, offset + FieldOffset.siaddr, message.siaddr);
  writeUint32(bytes, offset + FieldOffset.giaddr, message.giaddr);
  copyBytes(message.chaddr, bytes, offset + FieldOffset.chaddr);
  copyBytes(message.file, bytes, offset + FieldOffset.file);
  if (layout.sname.length > 0) writeOptions(layout.sname, bytes, offset + FieldOffset.sname);
  if (layout.file.length > 0) writeOptions(layout.file, bytes, offset + FieldOffset.file);
  writeUint32(bytes, offset + FieldOffset.cookie, MAGIC_COOKIE);
  writeOptions(layout.options, bytes, offset + FieldOffset.options);
}

/** Writes a reply of its own: {@link sizeReply}, then {@link writeReply}. */
export function encodeMessage(message: ReplyMessage, limitBytes: number): Uint8Array {
  const sized = sizeReply(message, limitBytes);
  const bytes = new Uint8Array(sized.sizeBytes);
  writeReply(sized, bytes, 0);
  return bytes;
}

/** Options without a value are left out. */
function writeOptions(options: readonly DhcpOption[], bytes: Uint8Array, offset: number): void {
  let at = offset;
  for (const option of options) {
    if (encodedOptionBytes(option) > 0) at = writeOption(option, bytes, at);
  }
  bytes[at] = OptionCode.end;
}

/** @returns The offset behind the option. */
function writeOption({ code, value }: DhcpOption, bytes: Uint8Array, offset: number): number {
  let at = offset;
  let start = 0;
  do {
    const length = Math.min(OPTION_BYTES_MAX, value.length - start);
    bytes[at] = code;
    bytes[at + 1] = length;
    // Each loop sees one kind of array only, which lets it run at full speed.
    if (value instanceof Uint8Array) {
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[start + i]!;
    } else {
      for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[start + i]!;
    }
    at += 2 + length;
    start += length;
  } while (start < value.length);
  return at;
}

/** Faster than `set()` for the few octets of a field. */
function copyBytes(from: Uint8Array, to: Uint8Array, offset: number): void {
  for (let i = 0; i < from.length; i++) to[offset + i] = from[i]!;
}
