/** Reads replies field by field and judges them, without the code under test. */

import assert from "node:assert/strict";
import { formatMacAddress, macAddressFromBytes } from "../../lib/net/mac_address.ts";
import type { WireOption } from "./dhcp_packets.ts";

/** A reply in the words that tests use. */
export interface Reply {
  readonly ethernetDestination: string;
  readonly ethernetSource: string;
  /** `address:port`. */
  readonly source: string;
  readonly destination: string;
  readonly op: number;
  readonly htype: number;
  readonly hlen: number;
  readonly hops: number;
  readonly xid: number;
  readonly secs: number;
  readonly flags: number;
  readonly ciaddr: string;
  readonly yiaddr: string;
  readonly siaddr: string;
  readonly giaddr: string;
  /** 16 octets in hexadecimal. */
  readonly chaddr: string;
  /** In the order of the wire, pieces apart. */
  readonly options: readonly WireOption[];
  readonly payloadBytes: number;
}

/**
 * Reads a reply.
 *
 * @throws {AssertionError} when it breaks what holds for every reply: complete checksums, cookie,
 * at least 300 octets, empty `sname` and `file`, no empty option, END, nothing behind it.
 */
export function readReply(frame: Uint8Array): Reply {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  assert.equal(view.getUint16(12), 0x0800, "EtherType");
  assert.equal(frame[14], 0x45, "version and IHL");
  assert.equal(view.getUint16(16), frame.length - 14, "IPv4 total length");
  assert.equal(view.getUint16(38), frame.length - 34, "UDP length");
  assert.equal(wordSum(frame.subarray(14, 34)), 0xffff, "IPv4 checksum");
  assert.notEqual(view.getUint16(40), 0, "UDP checksum is there");
  const pseudoHeader = [...frame.subarray(26, 34), 0, 17, ...frame.subarray(38, 40)];
  assert.equal(wordSum([...pseudoHeader, ...frame.subarray(34)]), 0xffff, "UDP checksum");
  const payload = frame.subarray(42);
  assert.ok(payload.length >= 300, "at least 300 octets");
  assert.equal(view.getUint32(42 + 236), 0x63825363, "magic cookie");
  assert.ok(payload.subarray(44, 236).every((octet) => octet === 0), "sname and file are empty");
  return {
    ethernetDestination: formatMacAddress(macAddressFromBytes(frame, 0)),
    ethernetSource: formatMacAddress(macAddressFromBytes(frame, 6)),
    source: `${address(frame, 26)}:${view.getUint16(34)}`,
    destination: `${address(frame, 30)}:${view.getUint16(36)}`,
    op: payload[0]!,
    htype: payload[1]!,
    hlen: payload[2]!,
    hops: payload[3]!,
    xid: view.getUint32(46),
    secs: view.getUint16(50),
    flags: view.getUint16(52),
    ciaddr: address(payload, 12),
    yiaddr: address(payload, 16),
    siaddr: address(payload, 20),
    giaddr: address(payload, 24),
    chaddr: hexOf(payload.subarray(28, 44)),
    options: readWireOptions(payload.subarray(240)),
    payloadBytes: payload.length,
  };
}

/** Value of the option with its pieces joined; `undefined` without it. */
export function optionOf(reply: Reply, code: number): readonly number[] | undefined {
  const pieces = reply.options.filter((option) => option[0] === code);
  return pieces.length === 0 ? undefined : pieces.flatMap(([, value]) => value);
}

/** Octets in hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

function readWireOptions(area: Uint8Array): WireOption[] {
  const options: WireOption[] = [];
  let at = 0;
  while (area[at] !== 255) {
    assert.ok(at + 1 < area.length, "END is there");
    const length = area[at + 1]!;
    assert.ok(length > 0, `option ${area[at]} is not empty`);
    assert.ok(at + 2 + length < area.length, `option ${area[at]} ends before END`);
    options.push([area[at]!, [...area.subarray(at + 2, at + 2 + length)]]);
    at += 2 + length;
  }
  assert.ok(area.subarray(at + 1).every((octet) => octet === 0), "only padding behind END");
  return options;
}

function address(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + 4).join(".");
}

/** One's complement sum of 16-bit words; 0xffff over a range with its checksum. */
function wordSum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) {
    sum += i % 2 === 0 ? bytes[i]! * 256 : bytes[i]!;
    sum = sum > 0xffff ? sum - 0xffff : sum;
  }
  return sum;
}
