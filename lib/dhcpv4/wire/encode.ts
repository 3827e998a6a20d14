/** Reply to bytes (RFC 2131 section 2), long options in pieces (RFC 3396). */

import { writeUint16, writeUint32 } from "../../net/bytes.ts";
import { BOOTREPLY, HTYPE_ETHERNET, type ReplyMessage, type ReplyOption } from "./message.ts";
import { FieldOffset, MAGIC_COOKIE } from "./message_layout.ts";
import { OptionCode } from "../options/registry.ts";
import { writeOptions } from "./option_encoding.ts";
import { layOutOptions, type OptionLayout } from "./overload.ts";

/** Smallest BOOTP message (RFC 1542 section 2.1); some clients drop shorter ones. */
const MESSAGE_BYTES_MIN = 300;

/** A reply whose size is settled. */
export interface SizedReply {
  readonly message: ReplyMessage;
  readonly layout: OptionLayout;
  /** Octets of the message, padding included. */
  readonly sizeBytes: number;
  /** Whether `sname` and `file` are all zero. */
  readonly hasNoNames: boolean;
}

/**
 * Settles what a reply holds.
 *
 * @param limitBytes Largest message that may come out; optional options go when it is tight.
 */
export function sizeReply(message: ReplyMessage, limitBytes: number): SizedReply {
  const layout = layOutOptions(message, limitBytes - FieldOffset.options - 1);
  const sizeBytes = FieldOffset.options + layout.optionBytes + 1;
  return {
    message,
    layout,
    // A network whose packets are smaller than that carries no padding.
    sizeBytes: Math.max(sizeBytes, Math.min(MESSAGE_BYTES_MIN, limitBytes)),
    hasNoNames: message.file.length + layout.file.length + layout.sname.length === 0,
  };
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
  if (layout.sname.length > 0) writeArea(layout.sname, bytes, offset + FieldOffset.sname);
  if (layout.file.length > 0) writeArea(layout.file, bytes, offset + FieldOffset.file);
  writeUint32(bytes, offset + FieldOffset.cookie, MAGIC_COOKIE);
  writeArea(layout.options, bytes, offset + FieldOffset.options);
}

/** Writes a field of options up to its END. */
function writeArea(options: readonly ReplyOption[], bytes: Uint8Array, offset: number): void {
  bytes[writeOptions(options, bytes, offset)] = OptionCode.end;
}

/** Faster than `set()` for the few octets of a field. */
function copyBytes(from: Uint8Array, to: Uint8Array, offset: number): void {
  for (let i = 0; i < from.length; i++) to[offset + i] = from[i]!;
}
