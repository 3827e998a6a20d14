/** A client that renews several times a second, so that a short gap of the service shows. */

import { clientFrame, ip, mac } from "../../support/dhcp/dhcp_packets.ts";
import { type Bridge, createVethPair } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";

const RENEWAL_MS = 250;
/** RFC 2131 section 4.4.5 waits longer; a shorter wait counts more failures, not fewer. */
const ANSWER_MS_MAX = 1000;

/** One client and its lease. */
export interface RenewingClient {
  readonly bridge: Bridge;
  readonly mac: string;
  readonly address: string;
}

/** Broadcasts renewals until the signal; each is sent once more when no ACK comes. */
export async function renewAlways(
  { bridge, mac: macText, address }: RenewingClient,
  signal: AbortSignal,
): Promise<void> {
  await using cable = await createVethPair();
  await bridge.attach(cable.name);
  using link = new RawLink(cable.peerName);
  const client = mac(macText);
  for (let xid = 0x48000000; !signal.aborted; xid++) {
    const frame = clientFrame({ type: 3, mac: client, xid, ciaddr: address, sourceIp: address });
    for (let time = 0; time < 2; time++) {
      link.send(frame);
      const answered = await link.receive(isReplyTo(xid, address), ANSWER_MS_MAX)
        .then(() => true, () => false);
      if (answered) break;
    }
    await new Promise((resolve) => setTimeout(resolve, RENEWAL_MS));
  }
}

function isReplyTo(xid: number, address: string): (frame: Uint8Array) => boolean {
  return (frame) => {
    if (frame.length < 300) return false;
    const view = new DataView(frame.buffer, frame.byteOffset);
    return view.getUint32(46) === xid && view.getUint32(58) === ip(address);
  };
}
