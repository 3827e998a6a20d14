/**
 * Network boot: which file a firmware client gets, and how it is told (RFC 4578; UEFI 2.10 section
 * 24.7 for HTTP).
 */

import { readUint16 } from "../../net/bytes.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import type { BootFile, BootParameters, PoolParameters } from "../lease.ts";
import type { DhcpMessage, DhcpOption } from "../wire/message.ts";
import { FILE_BYTES } from "../wire/message_layout.ts";
import { OptionCode } from "../options/option_codes.ts";
import { encodeText } from "../options/option_values.ts";

const PXE_CLIENT = encodeText("PXEClient");
const HTTP_CLIENT = encodeText("HTTPClient");

/** How a boot client's reply differs from that to others. */
export interface BootReply {
  readonly siaddr: Ipv4Address;
  /** The `file` field. */
  readonly file: Uint8Array;
  readonly options: readonly DhcpOption[];
}

/**
 * What a boot client is told. PXE clients get no option 60: it would send them to a boot server
 * on port 4011. HTTP clients refuse a reply without it.
 *
 * @returns `undefined` for other clients, and when there is no file for this one.
 */
export function bootReplyOf(
  message: DhcpMessage,
  { boot, serverIp }: PoolParameters,
): BootReply | undefined {
  if (boot === undefined) return undefined;
  const vendorClass = message.options.get(OptionCode.vendorClassIdentifier);
  if (vendorClass === undefined) return undefined;
  const isHttp = startsWith(vendorClass, HTTP_CLIENT);
  if (!isHttp && !startsWith(vendorClass, PXE_CLIENT)) return undefined;
  const file = bootFileOf(message, boot, isHttp);
  if (file === undefined) return undefined;
  const siaddr = boot.nextServer ?? serverIp;
  return isHttp ? httpBootReply(siaddr, file) : pxeBootReply(siaddr, file);
}

function httpBootReply(siaddr: Ipv4Address, url: Uint8Array): BootReply {
  const options = [
    { code: OptionCode.vendorClassIdentifier, value: HTTP_CLIENT },
    { code: OptionCode.bootfileName, value: url },
  ];
  return { siaddr, file: new Uint8Array(), options };
}

function pxeBootReply(siaddr: Ipv4Address, path: Uint8Array): BootReply {
  const options = [
    { code: OptionCode.tftpServerName, value: encodeText(formatIpv4Address(siaddr)) },
    { code: OptionCode.bootfileName, value: path },
  ];
  // The field ends with a NUL (RFC 2131 section 2).
  return { siaddr, file: path.length < FILE_BYTES ? path : new Uint8Array(), options };
}

/** The file for the first of the client's architectures that has one, else that for all others. */
function bootFileOf(
  message: DhcpMessage,
  { files }: BootParameters,
  isHttp: boolean,
): Uint8Array | undefined {
  const usable = isHttp ? files.filter(({ file }) => /^https?:\/\//i.test(file)) : files;
  let chosen: BootFile | undefined;
  for (const architecture of architecturesOf(message)) {
    chosen ??= usable.find(({ architectures }) => architectures?.includes(architecture));
  }
  chosen ??= usable.find(({ architectures }) => architectures === undefined);
  return chosen === undefined || chosen.file === "" ? undefined : encodeText(chosen.file);
}

/** Option 93; an odd octet at its end is no number and left out. */
function architecturesOf({ options }: DhcpMessage): readonly number[] {
  const value = options.get(OptionCode.clientSystemArchitecture) ?? new Uint8Array();
  return Array.from({ length: value.length >>> 1 }, (_, i) => readUint16(value, i * 2));
}

function startsWith(value: Uint8Array, prefix: Uint8Array): boolean {
  return prefix.every((octet, i) => value[i] === octet);
}
