/**
 * Network boot: which file a firmware client gets, and how it is told (RFC 4578; UEFI 2.10 section
 * 24.7 for HTTP).
 */

import { readUint16 } from "../../net/bytes.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { encodeOption, OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { BootFile, BootParameters, PoolParameters } from "../pool.ts";
import type { DhcpMessage } from "../wire/message.ts";
import { FILE_BYTES } from "../wire/message_layout.ts";

const PXE_CLIENT = "PXEClient";
const HTTP_CLIENT = "HTTPClient";

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

function httpBootReply(siaddr: Ipv4Address, url: string): BootReply {
  const options = [
    encodeOption(OptionCode.vendorClassIdentifier, HTTP_CLIENT),
    encodeOption(OptionCode.bootfileName, url),
  ];
  return { siaddr, file: new Uint8Array(), options };
}

function pxeBootReply(siaddr: Ipv4Address, path: string): BootReply {
  const options = [
    encodeOption(OptionCode.tftpServerName, formatIpv4Address(siaddr)),
    encodeOption(OptionCode.bootfileName, path),
  ];
  // The field ends with a NUL (RFC 2131 section 2).
  const file = new TextEncoder().encode(path.length < FILE_BYTES ? path : "");
  return { siaddr, file, options };
}

/** The file for the first of the client's architectures that has one, else that for all others. */
function bootFileOf(
  message: DhcpMessage,
  { files }: BootParameters,
  isHttp: boolean,
): string | undefined {
  const usable = isHttp ? files.filter(({ file }) => /^https?:\/\//i.test(file)) : files;
  let chosen: BootFile | undefined;
  for (const architecture of architecturesOf(message)) {
    chosen ??= usable.find(({ architectures }) => architectures?.includes(architecture));
  }
  chosen ??= usable.find(({ architectures }) => architectures === undefined);
  return chosen === undefined || chosen.file === "" ? undefined : chosen.file;
}

/** Option 93; an odd octet at its end is no number and left out. */
function architecturesOf({ options }: DhcpMessage): readonly number[] {
  const value = options.get(OptionCode.clientSystemArchitecture) ?? new Uint8Array();
  return Array.from({ length: value.length >>> 1 }, (_, i) => readUint16(value, i * 2));
}

function startsWith(value: Uint8Array, prefix: string): boolean {
  return String.fromCharCode(...value.subarray(0, prefix.length)) === prefix;
}
