/** Messages as text for people who compare them with a capture. */

import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, macAddressFromBytes } from "../../net/mac_address.ts";
import { decodeMessage } from "../wire/decode.ts";
import { BOOTREPLY, BOOTREQUEST, BROADCAST_FLAG, type DhcpMessage } from "../wire/message.ts";
import { FieldOffset, FILE_BYTES, SNAME_BYTES } from "../wire/message_layout.ts";
import { formatHex } from "../options/octets.ts";
import { formatOption, OptionCode, optionOfCode } from "../options/registry.ts";
import { TEXT } from "../options/text.ts";

/** With the bit of option 52 that says that the field holds options (RFC 2132 section 9.3). */
const NAME_FIELDS = [
  { name: "sname", offset: FieldOffset.sname, bytes: SNAME_BYTES, overloadBit: 2 },
  { name: "file", offset: FieldOffset.file, bytes: FILE_BYTES, overloadBit: 1 },
] as const;

/**
 * Describes a message of either direction in lines: the fields by their names in RFC 2131, the
 * options in the order in which they came, pieces joined, unknown values in hexadecimal. Octets
 * that cannot be printed never come out as they are.
 *
 * @param payload UDP payload; one that is no DHCP message is described by the reason.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * equal(describePayload(new Uint8Array(3)), "no DHCP message (messageTooShort), 3 octets");
 * ```
 */
export function describePayload(payload: Uint8Array): string {
  const decoded = decodeMessage(payload);
  if (!decoded.ok) return `no DHCP message (${decoded.reason}), ${payload.length} octets`;
  const { message } = decoded;
  const lines = [
    ...describeFields(message),
    ...describeNames(payload, message),
    ...describeOptions(message),
  ];
  return lines.join("\n");
}

function describeFields(message: DhcpMessage): string[] {
  const { op, htype, hlen, hops, xid, secs, flags } = message;
  return [
    `op ${op}${opName(op)}, htype ${htype}, hlen ${hlen}, hops ${hops}`,
    `xid 0x${hexOf(xid, 8)}, secs ${secs}, flags 0x${hexOf(flags, 4)}${flagName(flags)}`,
    `ciaddr ${formatIpv4Address(message.ciaddr)}, yiaddr ${formatIpv4Address(message.yiaddr)}, ` +
    `siaddr ${formatIpv4Address(message.siaddr)}, giaddr ${formatIpv4Address(message.giaddr)}`,
    `chaddr ${formatMacAddress(macAddressFromBytes(message.chaddr))}`,
  ];
}

/** `sname` and `file` where they hold something; options in them are among the options. */
function describeNames(payload: Uint8Array, { options }: DhcpMessage): string[] {
  const overload = options.uint8(OptionCode.overload) ?? 0;
  return NAME_FIELDS.flatMap(({ name, offset, bytes, overloadBit }) => {
    if ((overload & overloadBit) !== 0) return [];
    const field = payload.subarray(offset, offset + bytes);
    const end = field.indexOf(0);
    const content = end < 0 ? field : field.subarray(0, end);
    return content.length === 0 ? [] : [`${name} ${formatName(content)}`];
  });
}

function formatName(content: Uint8Array): string {
  const text = TEXT.decode(content);
  return text === undefined ? formatHex(content) : TEXT.format(text);
}

function describeOptions({ options }: DhcpMessage): string[] {
  return options.codes().map((code) => describeOption(code, options.get(code)!));
}

function describeOption(code: number, value: Uint8Array): string {
  const name = optionOfCode(code)?.name;
  const head = name === undefined ? `option ${code}` : `option ${code} ${name}`;
  if (value.length === 0) return `${head}: empty`;
  if (code === OptionCode.parameterRequestList) return `${head}: ${describeCodes(value)}`;
  return `${head}: ${formatOption(code, value) ?? formatHex(value)}`;
}

/** Codes with their names. */
function describeCodes(codes: Uint8Array): string {
  return Array.from(codes, (code) => {
    const name = optionOfCode(code)?.name;
    return name === undefined ? `${code}` : `${code} ${name}`;
  }).join(", ");
}

function opName(op: number): string {
  if (op === BOOTREQUEST) return " (BOOTREQUEST)";
  return op === BOOTREPLY ? " (BOOTREPLY)" : "";
}

function flagName(flags: number): string {
  return (flags & BROADCAST_FLAG) === 0 ? "" : " (broadcast)";
}

/** A number in hexadecimal, with zeros before it. */
export function hexOf(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}
