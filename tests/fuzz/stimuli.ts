/** Packets of clients that behave: what the scenarios send, to be damaged. */

import {
  asksFor,
  decline,
  discover,
  inform,
  OTHER_SERVER,
  rebind,
  relayed,
  release,
  renew,
  request,
  requested,
  takes,
  text,
  THIS_SERVER,
} from "../conformance/network.ts";
import {
  clientFrame,
  type ClientPacket,
  M2,
  mac,
  MX,
  octets,
} from "../support/dhcp/dhcp_packets.ts";
import { readHexPackets } from "../support/dhcp/hex_packets.ts";

const ROUTER = mac("02:00:00:00:00:01");
const DUID = [61, [0xff, 0, 0, 0, 1, 0, 1, 0x2a, 0x2b, 0x2c, 0x2d, 0x52, 0x54, 0, 1]] as const;
const OVERRIDE = [82, [11, 4, ...octets("192.0.2.9")]] as const;
const MANY_CODES = [...new Array(254).keys()].map((i) => i + 1);

const DISCOVERS: readonly ClientPacket[] = [
  discover(),
  discover([], { flags: 0x8000 }),
  discover([], { mac: MX }),
  discover([requested("192.0.2.99")]),
  discover([], { ciaddr: "192.0.2.99" }),
  discover([], { ciaddr: "255.255.255.255" }),
  discover([], { siaddr: "192.0.2.77" }),
  discover([OTHER_SERVER]),
  discover([THIS_SERVER]),
  discover([[80, []]]),
  discover([], { tail: [], padToBytes: 0 }),
  discover([], { padToBytes: 262 }),
  discover([], { tail: [255, 54, 4, ...octets("192.0.2.3"), 61, 250, 1] }),
  discover([], { type: undefined }),
  discover([], { type: 10 }),
];

const REQUESTS: readonly ClientPacket[] = [
  request([THIS_SERVER, requested("192.0.2.10")]),
  request([THIS_SERVER, requested("192.0.2.11")]),
  request([OTHER_SERVER, requested("192.0.2.10")]),
  request([THIS_SERVER]),
  request([THIS_SERVER], { ciaddr: "192.0.2.10" }),
  request([THIS_SERVER, requested("192.0.2.50")], { mac: MX }),
  request([requested("192.0.2.10")]),
  request([requested("185.0.50.0")]),
  request([requested("192.0.2.50")], { mac: MX }),
  request([requested("192.0.2.10")], { mac: MX }),
  request([]),
  renew("192.0.2.10"),
  rebind("192.0.2.10"),
  rebind("192.0.2.10", { flags: 0x8000 }),
  renew("192.0.2.77"),
  rebind("192.0.2.77"),
  renew("192.0.2.50", { mac: MX }),
  renew("192.0.2.10", { mac: MX }),
  renew("192.0.2.10", { ethernetSource: ROUTER }),
];

const STATEMENTS: readonly ClientPacket[] = [
  decline([THIS_SERVER, requested("192.0.2.10")]),
  decline([THIS_SERVER]),
  decline([OTHER_SERVER, requested("192.0.2.10")]),
  decline([THIS_SERVER, requested("192.0.2.10")], { mac: M2 }),
  release("192.0.2.10"),
  release("192.0.2.10", { mac: M2 }),
  inform("192.0.2.200", { mac: MX, ciaddr: "192.0.2.200", options: [asksFor(6, 15, 42)] }),
  inform("192.0.2.200", { mac: MX }),
  inform("192.0.2.10", { ciaddr: "192.0.2.10", destinationIp: "255.255.255.255" }),
  inform("192.0.2.10", { mac: MX, destinationIp: "255.255.255.255" }),
  inform("0.0.0.0"),
  inform("192.0.2.10", { options: [THIS_SERVER] }),
];

const WISHES: readonly ClientPacket[] = [
  discover([DUID]),
  discover([DUID], { mac: M2 }),
  discover([[61, [1, 2, 3]]]),
  discover([asksFor(15, 6, 3, 1)]),
  discover([asksFor(6, 15)]),
  discover([[55, new Array<number>(255).fill(6)]]),
  discover([[55, MANY_CODES]]),
  discover([takes(576), asksFor(121, 119, 42), DUID]),
  discover([takes(1472), asksFor(121, 119, 42), DUID]),
  discover([takes(100), asksFor(121, 119)]),
  discover([takes(65535), asksFor(121, 119)]),
  discover([[61, [0xff, 1]], [12, [97]], [61, [2, 3]]]),
  request([THIS_SERVER, [52, [1]]], { file: [50, 4, ...octets("192.0.2.10"), 255] }),
  request([[52, [3]]], {
    file: [50, 4, ...octets("192.0.2.10"), 255],
    sname: [54, 4, ...octets("192.0.2.2"), 255],
  }),
  discover([[82, [1, 2, 0xaa, 0xbb, 151, 9, 0]], DUID]),
  discover([asksFor(108, 114, 121, 249, 33, 26, 12, 252)]),
  discover([[118, octets("192.0.2.0")]]),
  discover([text(60, "PXEClient:Arch:00007:UNDI:003016"), [93, [0, 7]], asksFor(66, 67)]),
  discover([text(60, "HTTPClient:Arch:00016:UNDI:003001"), [93, [0, 16]], asksFor(66, 67)]),
  discover([text(60, "MSFT 5.0"), text(12, "host"), [81, [0, 0, 0, 104]], [43, [1, 2, 3]]]),
];

const RELAYED: readonly ClientPacket[] = [
  relayed(discover()),
  relayed(discover([], { flags: 0x8000 })),
  relayed(request([requested("192.0.2.99")])),
  relayed(rebind("192.0.2.10"), { ciaddr: "192.0.2.10" }),
  relayed(decline([THIS_SERVER, requested("192.0.2.10")])),
  relayed(release("192.0.2.10")),
  relayed(discover(), { giaddr: "192.0.2.8" }),
  relayed(request([[54, octets("192.0.2.9")], requested("192.0.2.10"), OVERRIDE])),
  relayed(discover([[82, [19, 0]]]), { sourcePort: 1067 }),
  relayed(inform("0.0.0.0")),
  relayed(inform("192.0.2.200"), { ciaddr: "192.0.2.200" }),
];

/** A frame cut into what mutations work on. */
export interface Stimulus {
  /** All headers and the magic cookie. */
  readonly head: Uint8Array;
  /** Code, length and value each. */
  readonly options: readonly Uint8Array[];
  /** From END on. */
  readonly tail: Uint8Array;
}

/** Octets of a frame in front of its options. */
const HEAD_BYTES = 14 + 20 + 8 + 240;

function cut(frame: Uint8Array): Stimulus {
  const options: Uint8Array[] = [];
  let at = HEAD_BYTES;
  while (at + 1 < frame.length && frame[at] !== 255 && frame[at] !== 0) {
    const end = at + 2 + frame[at + 1]!;
    options.push(frame.slice(at, end));
    at = end;
  }
  return { head: frame.slice(0, HEAD_BYTES), options, tail: frame.slice(at) };
}

/** What the scenarios send, and what was captured of real clients. */
export const STIMULI: readonly Stimulus[] = [
  ...[...DISCOVERS, ...REQUESTS, ...STATEMENTS, ...WISHES, ...RELAYED].map((packet) =>
    clientFrame(packet)
  ),
  ...readHexPackets().map(({ bytes }) => bytes),
].map(cut);
