/**
 * What every server is asked, and who answers what. Kea and dnsmasq serve alone by configuration;
 * this server shares the network with others, and answers only for the bindings that it has.
 */

import {
  clientFrame,
  clientPayload,
  MX,
  octets,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import {
  discover,
  inform,
  OTHER_SERVER,
  rebind,
  relayed,
  renew,
  request,
  requested,
  THIS_SERVER,
} from "../conformance/network.ts";
import type { ReferenceName } from "../support/dhcp/reference_server.ts";

/** How another server differs, and why this one does not follow. */
export interface Difference {
  readonly answer: string;
  readonly reason: string;
}

/** A packet and its answers; a server without an entry answers as this one does. */
export interface Stimulus extends Partial<Readonly<Record<ReferenceName, Difference>>> {
  readonly name: string;
  readonly frame: Uint8Array;
  /** Replies in words, joined by " + "; "silence" for none. */
  readonly answer: string;
}

const BOUND = requested("192.0.2.10");
const WRONG = requested("192.0.2.99");
const DUID: WireOption = [61, [0xff, 0, 0, 0, 1, 0, 2, 0, 0, 0xab, 0x11, 1, 2, 3, 4]];

const OFFER = "OFFER 192.0.2.10 to 192.0.2.10:68 at client";
const ACK = "ACK 192.0.2.10 to 192.0.2.10:68 at client";
const NAK = "NAK to 255.255.255.255:68 at everybody";
const SILENCE = "silence";

const BOOTREPLY = "BOOTREPLY 192.0.2.10 to 192.0.2.10:68 at client";

const BROADCAST_TO_MAC = "RFC 2131 section 4.1 speaks of the IP address only; the frame that is " +
  "for everybody reaches the client, too";
const OUTSIDE_POOLS =
  "an address outside its pools that is nobody's reservation is unknown to it " +
  "while the client's lease lasts; a client that is told nothing keeps trying";
const AUTHORITATIVE = "serves the network alone by configuration; this server is told so by " +
  "`authoritative`, and without it another server may know the client";
const NO_BOOTP = "answers BOOTP; VMs have no BOOTP clients, which would never give a lease back";

/** Option 82 with sub-option 5. */
function linkSelection(address: string): WireOption {
  return [82, [5, 4, ...octets(address)]];
}

export const STIMULI: readonly Stimulus[] = [
  {
    name: "DISCOVER",
    frame: clientFrame(discover()),
    answer: OFFER,
  },
  {
    name: "DISCOVER with the broadcast flag",
    frame: clientFrame(discover([], { flags: 0x8000 })),
    answer: "OFFER 192.0.2.10 to 255.255.255.255:68 at everybody",
    Kea: { answer: "OFFER 192.0.2.10 to 255.255.255.255:68 at client", reason: BROADCAST_TO_MAC },
  },
  {
    name: "REQUEST for the offer",
    frame: clientFrame(request([THIS_SERVER, BOUND])),
    answer: ACK,
  },
  {
    name: "REQUEST for another address than offered",
    frame: clientFrame(request([THIS_SERVER, WRONG])),
    answer: NAK,
    Kea: { answer: SILENCE, reason: OUTSIDE_POOLS },
  },
  {
    name: "REQUEST for another server's offer",
    frame: clientFrame(request([OTHER_SERVER, BOUND])),
    answer: SILENCE,
    dnsmasq: {
      answer: NAK,
      reason: "alone on the network by configuration, it ends the other server's exchange",
    },
  },
  {
    name: "REQUEST after a reboot",
    frame: clientFrame(request([BOUND])),
    answer: ACK,
  },
  {
    name: "REQUEST after a reboot, from another network",
    frame: clientFrame(request([requested("185.0.50.0")])),
    answer: NAK,
    Kea: { answer: NAK.replace("everybody", "client"), reason: BROADCAST_TO_MAC },
  },
  {
    name: "REQUEST after a reboot, for another address",
    frame: clientFrame(request([WRONG])),
    answer: NAK,
    Kea: { answer: NAK.replace("everybody", "client"), reason: BROADCAST_TO_MAC },
  },
  {
    name: "REQUEST after a reboot, of an unknown client",
    frame: clientFrame(request([requested("192.0.2.50")], { mac: MX })),
    answer: SILENCE,
    Kea: { answer: NAK.replace("everybody", "unknown client"), reason: AUTHORITATIVE },
    dnsmasq: { answer: NAK, reason: AUTHORITATIVE },
  },
  {
    name: "renewal",
    frame: clientFrame(renew("192.0.2.10")),
    answer: ACK,
  },
  {
    name: "rebinding",
    frame: clientFrame(rebind("192.0.2.10")),
    answer: ACK,
  },
  {
    name: "renewal of another address",
    frame: clientFrame(renew("192.0.2.77")),
    answer: `${NAK} + NAK to 192.0.2.77:68 at client`,
    Kea: { answer: SILENCE, reason: OUTSIDE_POOLS },
    dnsmasq: {
      answer: NAK,
      reason: "RFC 2131 has it broadcast; dhcpcd and networkd hear only unicast while they renew",
    },
  },
  {
    name: "rebinding of another address",
    frame: clientFrame(rebind("192.0.2.77")),
    answer: NAK,
    Kea: { answer: SILENCE, reason: OUTSIDE_POOLS },
    dnsmasq: {
      answer: SILENCE,
      reason: "the client goes on with the address until its lease ends",
    },
  },
  {
    name: "REQUEST that names no address",
    frame: clientFrame(request([])),
    answer: SILENCE,
    Kea: {
      answer: ACK,
      reason: "it takes the lease of the MAC for meant; RFC 2131 knows no such REQUEST",
    },
  },
  {
    name: "INFORM",
    frame: clientFrame(inform("192.0.2.10", { ciaddr: "192.0.2.10" })),
    answer: "ACK to 192.0.2.10:68 at client",
  },
  {
    name: "INFORM without any address",
    frame: clientFrame(inform("0.0.0.0", { destinationIp: "255.255.255.255" })),
    answer: SILENCE,
  },
  {
    name: "DISCOVER by a relay agent",
    frame: clientFrame(relayed(discover())),
    answer: "OFFER 192.0.2.10 to 192.0.2.7:67 at relay",
  },
  {
    name: "DISCOVER by a relay agent that selects this link",
    frame: clientFrame(relayed(discover([linkSelection("192.0.2.0")]))),
    answer: "OFFER 192.0.2.10 to 192.0.2.7:67 at relay",
  },
  {
    name: "DISCOVER by a relay agent that selects another link",
    frame: clientFrame(relayed(discover([linkSelection("198.51.100.0")]))),
    answer: SILENCE,
  },
  {
    name: "DISCOVER that selects another link itself",
    frame: clientFrame(discover([linkSelection("198.51.100.0")])),
    answer: SILENCE,
  },
  {
    name: "DISCOVER that selects this subnet",
    frame: clientFrame(discover([[118, octets("192.0.2.0")]])),
    answer: OFFER,
  },
  {
    name: "DISCOVER that selects another subnet",
    frame: clientFrame(discover([[118, octets("198.51.100.0")]])),
    answer: SILENCE,
  },
  {
    name: "DISCOVER with a message size of one octet",
    frame: clientFrame(discover([[57, [5]]])),
    answer: OFFER,
    Kea: {
      answer: SILENCE,
      reason: "it drops the packet as malformed; the client can do without its wish",
    },
  },
  {
    name: "DISCOVER with two lease times",
    frame: clientFrame(discover([[51, [0, 0, 0, 60]], [51, [0, 0, 0, 60]]])),
    answer: OFFER,
  },
  {
    name: "BOOTP",
    frame: bootpFrame(),
    answer: SILENCE,
    dnsmasq: { answer: BOOTREPLY, reason: NO_BOOTP },
  },
  {
    name: "request without option 53",
    frame: clientFrame(discover([], { type: undefined })),
    answer: SILENCE,
    dnsmasq: { answer: BOOTREPLY, reason: NO_BOOTP },
  },
  {
    name: "DISCOVER with an empty client identifier",
    frame: clientFrame(discover([[61, []]])),
    answer: OFFER,
    Kea: {
      answer: SILENCE,
      reason: "it drops the packet as malformed; the MAC says who the client is",
    },
  },
  {
    name: "DISCOVER with a DUID",
    frame: clientFrame(discover([DUID])),
    answer: `${OFFER}, client identifier echoed`,
    dnsmasq: {
      answer: OFFER,
      reason: "RFC 6842, which asks for the echo, is younger than its code",
    },
  },
  {
    name: "DISCOVER that names this server",
    frame: clientFrame(discover([THIS_SERVER])),
    answer: OFFER,
    Kea: {
      answer: SILENCE,
      reason:
        "option 54 does not belong there (RFC 2131 table 5), but the client means this server",
    },
  },
  {
    name: "DISCOVER without hardware address",
    frame: clientFrame(discover([], { hlen: 0 })),
    answer: SILENCE,
  },
  {
    name: "DISCOVER of 250 octets",
    frame: clientFrame(discover([], { padToBytes: 250 })),
    answer: OFFER,
  },
];

/** BOOTP as it was before DHCP: no magic cookie, no options (RFC 951). */
function bootpFrame(): Uint8Array {
  return clientFrame({}, clientPayload({ type: undefined, tail: [] }).fill(0, 236));
}
