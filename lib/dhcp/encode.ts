/** Reply to bytes (RFC 2131 section 2), long options in pieces (RFC 3396). */

import { writeUint16, writeUint32 } from "../net/bytes.ts";
import { BOOTREPLY, type DhcpOption, HTYPE_ETHERNET, type ReplyMessage } from "./message.ts";
import { FieldOffset, MAGIC_COOKIE } from "./message_layout.ts";
import { OptionCode } from "./option_codes.ts";
import { encodedOptionBytes, fitOptions, OPTION_BYTES_MAX } from "./size_limit.ts";

/** Smallest BOOTP message (RFC 1542 section 2.1); some clients drop shorter ones. */
export const MESSAGE_BYTES_MIN = 300;

/**
 * Writes a reply, padded to 300 octets. Options without a value are left out: no option that
 * this server sends may be empty.
 *
 * @param limitBytes Largest payload that may come out; optional options go first when it is tight.
 */
export function encodeMessage(message: ReplyMessage, limitBytes: number): Uint8Array {
  const options = fitOptions(message.options, limitBytes - FieldOffset.options - 1);
  let size: number = FieldOffset.options + 1;
  for (const option of options) size += encodedOptionBytes(option);
  const bytes = new Uint8Array(Math.max(size, MESSAGE_BYTES_MIN));
  bytes[FieldOffset.op] = BOOTREPLY;
  bytes[FieldOffset.htype] = HTYPE_ETHERNET;
  bytes[FieldOffset.hlen] = 6;
  writeUint32(bytes, FieldOffset.xid, message.xid);
  writeUint16(bytes, FieldOffset.flags, message.flags);
  writeUint32(bytes, FieldOffset.ciaddr, message.ciaddr);
  writeUint32(bytes, FieldOffset.yiaddr, message.yiaddr);
  writeUint32(bytes, FieldOffset.siaddr, message.siaddr);
  writeUint32(bytes, FieldOffset.giaddr, message.giaddr);
  bytes.set(message.chaddr, FieldOffset.chaddr);
  writeUint32(bytes, FieldOffset.cookie, MAGIC_COOKIE);
  let at: number = FieldOffset.options;
  for (const option of options) at = writeOption(bytes, at, option);
  bytes[at] = OptionCode.end;
  return bytes;
}

/** @returns The offset behind the option. */
function writeOption(bytes: Uint8Array, offset: number, option: DhcpOption): number {
  const { code, value } = option;
  let at = offset;
  for (let start = 0; start < value.length; start += OPTION_BYTES_MAX) {
    const length = Math.min(OPTION_BYTES_MAX, value.length - start);
    bytes[at] = code;
    bytes[at + 1] = length;
    for (let i = 0; i < length; i++) bytes[at + 2 + i] = value[start + i]!;
    at += 2 + length;
  }
  return at;
}
