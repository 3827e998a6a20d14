/** Reads replies of any server, however short they are or whoever left out their checksums. */

import { formatMacAddress, macAddressFromBytes } from "../../lib/net/mac_address.ts";
import { hexOf } from "../support/dhcp/dhcp_replies.ts";

/** A reply as a server sent it. */
export interface ForeignReply {
  readonly xid: number;
  /** OFFER, ACK, NAK; BOOTREPLY without option 53. */
  readonly type: string;
  readonly yiaddr: string;
  readonly ciaddr: string;
  /** `address:port`. */
  readonly destination: string;
  readonly ethernetDestination: string;
  /** Values in hexadecimal by code. */
  readonly options: ReadonlyMap<number, string>;
}

const TYPES: Readonly<Record<string, string>> = { "02": "OFFER", "05": "ACK", "06": "NAK" };

/** Accepts frames with a UDP datagram from the port of servers. */
export function isFromServer(frame: Uint8Array): boolean {
  return frame[12] === 8 && frame[13] === 0 && frame[23] === 17 && frame[34] === 0 &&
    frame[35] === 67;
}

/** Reads a frame that {@link isFromServer} accepts, with an IPv4 header of 20 octets. */
export function readForeignReply(frame: Uint8Array): ForeignReply {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const options = new Map<number, string>();
  for (let at = 42 + 240; at + 1 < frame.length && frame[at] !== 255;) {
    const code = frame[at]!;
    const length = code === 0 ? -1 : frame[at + 1]!;
    if (code !== 0) options.set(code, hexOf(frame.subarray(at + 2, at + 2 + length)));
    at += 2 + length;
  }
  return {
    xid: view.getUint32(46),
    type: TYPES[options.get(53) ?? ""] ?? "BOOTREPLY",
    yiaddr: frame.subarray(58, 62).join("."),
    ciaddr: frame.subarray(54, 58).join("."),
    destination: `${frame.subarray(30, 34).join(".")}:${view.getUint16(36)}`,
    ethernetDestination: formatMacAddress(macAddressFromBytes(frame, 0)),
    options,
  };
}
