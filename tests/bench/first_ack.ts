/** Waits for the first ACK of a server that is just starting. */

import type { MacAddress } from "../../lib/net/mac_address.ts";
import { clientFrame, DISCOVER, octets, REQUEST } from "../support/dhcp/dhcp_packets.ts";
import { optionOf, readReply, type Reply } from "../support/dhcp/dhcp_replies.ts";
import type { RawLink } from "../support/network/raw_link.ts";

const RETRY_MS = 5;
const START_MS_MAX = 10_000;

/** Asks for the address of a client every few milliseconds until it has it. */
export async function untilAck(link: RawLink, mac: MacAddress): Promise<void> {
  const endMs = performance.now() + START_MS_MAX;
  while (performance.now() < endMs) {
    const offer = await ask(link, clientFrame({ mac, type: DISCOVER }));
    if (offer === undefined) continue;
    const options = [[50, octets(offer.yiaddr)], [54, optionOf(offer, 54)!]] as const;
    if (await ask(link, clientFrame({ mac, type: REQUEST, options })) !== undefined) return;
  }
  throw new Error(`no server answered within ${START_MS_MAX} ms`);
}

async function ask(link: RawLink, request: Uint8Array): Promise<Reply | undefined> {
  link.send(request);
  try {
    return readReply(await link.receive(isReply, RETRY_MS));
  } catch {
    return undefined; // No server answers yet.
  }
}

/** UDP to the client's port. */
function isReply(frame: Uint8Array): boolean {
  return frame[12] === 8 && frame[13] === 0 && frame[23] === 17 && frame[37] === 68;
}
