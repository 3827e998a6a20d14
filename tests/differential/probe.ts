/** Asks one server everything, and tells its answers in words. */

import { BROADCAST_MAC, formatMacAddress } from "../../lib/net/mac_address.ts";
import { RELAY_MAC } from "../conformance/network.ts";
import { clientFrame, M1, M2, MX } from "../support/dhcp/dhcp_packets.ts";
import { RawLink } from "../support/network/raw_link.ts";
import { type ForeignReply, isFromServer, readForeignReply } from "./reference_replies.ts";

/** Of the DISCOVER behind each packet, whose OFFER says that the packet has been dealt with. */
const MARK_XID = 0x4d41524b;

const NAMES = new Map([
  [formatMacAddress(M1), "client"],
  [formatMacAddress(MX), "unknown client"],
  [formatMacAddress(RELAY_MAC), "relay"],
  [formatMacAddress(BROADCAST_MAC), "everybody"],
]);

/** The other end of a server's cable. */
export class Probe implements Disposable {
  readonly #link: RawLink;

  constructor(interfaceName: string) {
    this.#link = new RawLink(interfaceName);
  }

  /** What the server sends because of a frame. */
  async ask(frame: Uint8Array): Promise<readonly ForeignReply[]> {
    this.#link.send(frame);
    this.#link.send(clientFrame({ mac: M2, xid: MARK_XID }));
    const replies: ForeignReply[] = [];
    for (;;) {
      const reply = readForeignReply(await this.#link.receive(isFromServer));
      if (reply.xid === MARK_XID) return replies;
      replies.push(reply);
    }
  }

  [Symbol.dispose](): void {
    this.#link[Symbol.dispose]();
  }
}

/** Replies in words, such as `OFFER 192.0.2.10 to 192.0.2.10:68 at client`. */
export function describe(replies: readonly ForeignReply[]): string {
  return replies.map(describeReply).join(" + ") || "silence";
}

function describeReply(reply: ForeignReply): string {
  const { type, yiaddr, destination, ethernetDestination, options } = reply;
  const given = yiaddr === "0.0.0.0" ? "" : ` ${yiaddr}`;
  const echo = options.has(61) ? ", client identifier echoed" : "";
  return `${type}${given} to ${destination} at ${
    NAMES.get(ethernetDestination) ?? ethernetDestination
  }${echo}`;
}
