/** Finds DHCP servers that this network should not have. Their broadcast replies are seen here, too. */

import type { ReceivedFrame } from "../../net/ethernet.ts";
import { decodeUdpFrame } from "../../net/frame.ts";
import { type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { type MacAddress, macAddressFromBytes } from "../../net/mac_address.ts";
import type { LeaseTable } from "../lease.ts";
import { decodeMessage } from "../wire/decode.ts";
import { BOOTREPLY, CLIENT_PORT, type DhcpMessage } from "../wire/message.ts";
import { FieldOffset } from "../wire/message_layout.ts";
import { OptionCode } from "../options/registry.ts";

/** What a reply of another host makes of it. */
export type OtherServerKind =
  /** It has another identifier. */
  | "other"
  /** It has our identifier and says what we say: another agent of the same pool. */
  | "replica"
  /** It has our identifier and says something else. */
  | "impostor";

/** A server as its reply shows it. */
export interface OtherServer {
  readonly kind: OtherServerKind;
  readonly mac: MacAddress;
  /** Option 54, or where the reply came from. */
  readonly serverIdentifier: Ipv4Address;
}

const ASCII = new TextEncoder();

/** Web Proxy Auto-Discovery: where browsers find out which proxy to use. */
const PROXY_OPTION = 252;

/** What an impostor would want to be different: where the client's traffic goes, and its names. */
const WATCHED_OPTIONS = [
  OptionCode.router,
  OptionCode.staticRoute,
  OptionCode.domainNameServer,
  OptionCode.domainName,
  OptionCode.domainSearch,
  OptionCode.classlessStaticRoute,
  OptionCode.microsoftClasslessStaticRoute,
  PROXY_OPTION,
];

/**
 * The server that sent a frame, if the frame is a DHCP reply. Never throws.
 *
 * Agents of one pool share its identifier, and nothing tells them each other's MAC: they come and
 * go, and whatever a host says of itself on the wire could be said by any other. But they answer
 * from one record, so a reply in our name is judged by whether we would say the same. A NAK names no
 * address: it is ours if we sent one as well, for the REQUEST was broadcast to all agents. (Only a
 * renewal is not, and it is seldom refused.)
 *
 * @param table What we answer from.
 * @param isRefused Whether we refused this client lately, by a broadcast NAK with this `xid`.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { leaseTable } from "../../../tests/support/dhcp/dhcp_packets.ts";
 * const frame = { bytes: new Uint8Array(60), checksumReady: true };
 * equal(otherServerOf(frame, leaseTable(), () => false), undefined);
 * ```
 */
export function otherServerOf(
  { bytes, checksumReady }: Pick<ReceivedFrame, "bytes" | "checksumReady">,
  table: LeaseTable,
  isRefused: (mac: MacAddress, xid: number) => boolean,
): OtherServer | undefined {
  const datagram = decodeUdpFrame(bytes, checksumReady);
  if (!datagram.ok || datagram.destinationPort !== CLIENT_PORT) return undefined;
  const { payload, ethernetSource: mac, sourceIp } = datagram;
  if (payload.length < FieldOffset.cookie || payload[FieldOffset.op] !== BOOTREPLY) {
    return undefined;
  }
  const decoded = decodeMessage(payload);
  const message = decoded.ok ? decoded.message : undefined;
  const named = message?.options.uint32(OptionCode.serverIdentifier);
  const serverIdentifier = (named ?? sourceIp) as Ipv4Address;
  if (serverIdentifier !== table.parameters.serverIp) {
    // The agent of another pool of the network answers its own clients.
    if (message !== undefined && isOfOtherPool(message, table)) return undefined;
    // A relay agent hands on our own reply, with itself in option 54 (RFC 5107).
    if (table.parameters.relays?.includes(serverIdentifier)) return undefined;
    return { kind: "other", mac, serverIdentifier };
  }
  // What we cannot read we would not send. Clients may be able to.
  const isOurs = message !== undefined && (isOfOtherPool(message, table) ||
    (message.messageType === "NAK"
      ? isRefused(macAddressFromBytes(message.chaddr), message.xid)
      : isOurAnswer(message, table)));
  return { kind: isOurs ? "replica" : "impostor", mac, serverIdentifier };
}

/** The agent of another pool of the network may have any identifier, also ours, and clients of its own. */
function isOfOtherPool({ chaddr }: DhcpMessage, table: LeaseTable): boolean {
  return table.parameters.networkShared === true &&
    table.addressOf(macAddressFromBytes(chaddr)) === undefined;
}

function isOurAnswer(message: DhcpMessage, table: LeaseTable): boolean {
  const { yiaddr, chaddr, options } = message;
  const isOurAddress = yiaddr === UNSPECIFIED_IPV4 ||
    yiaddr === table.addressOf(macAddressFromBytes(chaddr));
  return isOurAddress && isOurBoot(message, table) && WATCHED_OPTIONS.every((code) => {
    const ours = table.options.byCode[code];
    return options.lengthOf(code) === undefined ||
      ours !== undefined && options.equals(code, ours.value);
  });
}

/** Which of the files a client gets depends on what it said, and that is not seen here. */
function isOurBoot({ siaddr, options }: DhcpMessage, { parameters }: LeaseTable): boolean {
  const { boot, serverIp } = parameters;
  if (siaddr !== serverIp && (boot === undefined || siaddr !== boot.nextServer)) return false;
  if (options.lengthOf(OptionCode.bootfileName) === undefined) return true;
  const files = boot?.files ?? [];
  return files.some(({ file }) => options.equals(OptionCode.bootfileName, ASCII.encode(file)));
}
