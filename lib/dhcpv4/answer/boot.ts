/**
 * Network boot: how a firmware client is told what to load (RFC 4578; UEFI 2.10 section 24.7 for
 * HTTP).
 */

import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { type BootClient, bootClientOf } from "../boot/boot_client.ts";
import { bootFileFor } from "../boot/boot_match.ts";
import { encodeOption, OptionCode } from "../options/registry.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { PoolParameters } from "../pool.ts";
import type { DhcpMessage } from "../wire/message.ts";
import { FILE_BYTES } from "../wire/message_layout.ts";

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
  { boot, serverIp, options = [] }: PoolParameters,
): BootReply | undefined {
  if (boot === undefined) return undefined;
  const client = bootClientOf(message.options);
  const file = bootFileFor(client, boot.files)?.file;
  if (file === undefined || file === "") return undefined;
  const siaddr = boot.nextServer ?? serverIp;
  if (client.protocol === "http") return httpBootReply(siaddr, file);
  const hasOwnAddresses = options.some(({ code }) => code === OptionCode.tftpServerAddress);
  return tftpBootReply(siaddr, file, wantsAddresses(client) && !hasOwnAddresses);
}

function httpBootReply(siaddr: Ipv4Address, url: string): BootReply {
  const options = [
    encodeOption(OptionCode.vendorClassIdentifier, HTTP_CLIENT),
    encodeOption(OptionCode.bootfileName, url),
  ];
  return { siaddr, file: new Uint8Array(), options };
}

function tftpBootReply(siaddr: Ipv4Address, path: string, withAddresses: boolean): BootReply {
  const options = [
    encodeOption(OptionCode.tftpServerName, formatIpv4Address(siaddr)),
    encodeOption(OptionCode.bootfileName, path),
    ...(withAddresses ? [encodeOption(OptionCode.tftpServerAddress, [siaddr])] : []),
  ];
  // The field ends with a NUL (RFC 2131 section 2).
  const file = new TextEncoder().encode(path.length < FILE_BYTES ? path : "");
  return { siaddr, file, options };
}

/** Switches ask for option 150; PXE firmware has vendor-specific uses for codes from 128 to 254. */
function wantsAddresses({ requestedOptions, protocol }: BootClient): boolean {
  return requestedOptions.includes(OptionCode.tftpServerAddress) ||
    (requestedOptions.length === 0 && protocol === undefined);
}
