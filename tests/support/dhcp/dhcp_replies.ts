/** Reads replies field by field and judges them, without the code under test. */

import { sizeReply, writeReply } from "../../../lib/dhcpv4/wire/encode.ts";
import type { ReplyMessage } from "../../../lib/dhcpv4/wire/message.ts";
import assert from "node:assert/strict";
import { formatMacAddress, macAddressFromBytes } from "../../../lib/net/mac_address.ts";
import type { WireOption } from "./dhcp_packets.ts";

/** The one option whose presence is its value (RFC 4039). */
const RAPID_COMMIT = 80;

/** A reply in the terms of the tests. */
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
  /** The boot file name; empty without one, and when the field holds options. */
  readonly file: string;
  /** In the order of the wire, each piece by itself; those in `file` and `sname` come last. */
  readonly options: readonly WireOption[];
  readonly payloadBytes: number;
}

/**
 * Reads a reply.
 *
 * @throws {AssertionError} when it lacks what every reply has: complete checksums, cookie,
 * at least 300 octets, `sname` empty or full of options, no empty option, END, nothing after it.
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
  const options = readWireOptions(payload.subarray(240));
  const overload = options.find(([code]) => code === 52)?.[1][0] ?? 0;
  const inFile = (overload & 1) === 0 ? [] : readWireOptions(payload.subarray(108, 236));
  const inSname = (overload & 2) === 0 ? [] : readWireOptions(payload.subarray(44, 108));
  if ((overload & 2) === 0) assert.ok(isZero(payload.subarray(44, 108)), "sname is empty");
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
    file: (overload & 1) === 0 ? readText(payload.subarray(108, 236)) : "",
    options: [...options, ...inFile, ...inSname],
    payloadBytes: payload.length,
  };
}

/** Value of the option with its pieces joined; `undefined` when it is absent. */
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
    assert.ok(length > 0 || area[at] === RAPID_COMMIT, `option ${area[at]} is not empty`);
    assert.ok(at + 2 + length < area.length, `option ${area[at]} ends before END`);
    options.push([area[at]!, [...area.subarray(at + 2, at + 2 + length)]]);
    at += 2 + length;
  }
  assert.ok(isZero(area.subarray(at + 1)), "only padding behind END");
  return options;
}

/** A text that ends with a NUL, and zeros after it. */
function readText(field: Uint8Array): string {
  const end = field.indexOf(0);
  assert.ok(end >= 0 && isZero(field.subarray(end)), "file ends with NUL");
  return new TextDecoder().decode(field.subarray(0, end));
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((octet) => octet === 0);
}

function address(bytes: Uint8Array, offset: number): string {
  return bytes.subarray(offset, offset + 4).join(".");
}

/** One's complement sum of 16-bit words; 0xffff over a range that includes its checksum. */
function wordSum(bytes: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i++) {
    sum += i % 2 === 0 ? bytes[i]! * 256 : bytes[i]!;
    sum = sum > 0xffff ? sum - 0xffff : sum;
  }
  return sum;
}

/** Writes a reply of its own: {@link sizeReply}, then {@link writeReply}. */
export function encodeMessage(message: ReplyMessage, limitBytes: number): Uint8Array {
  const sized = sizeReply(message, limitBytes);
  const bytes = new Uint8Array(sized.sizeBytes);
  writeReply(sized, bytes, 0);
  return bytes;
}
