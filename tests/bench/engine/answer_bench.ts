/**
 * The engine alone, on one core: a captured DISCOVER of each of 10,000 bound clients, from frame to
 * frame, and the stages of it.
 */

import { answerFrame } from "../../../lib/dhcpv4/answer.ts";
import { linkOf } from "../../../lib/dhcpv4/answer/client_link.ts";
import { classify } from "../../../lib/dhcpv4/answer/classify.ts";
import { decide } from "../../../lib/dhcpv4/answer/decide.ts";
import { decodeMessage } from "../../../lib/dhcpv4/wire/decode.ts";
import { encodeReplies } from "../../../lib/dhcpv4/answer/encode_replies.ts";
import { createLeaseTable } from "../../../lib/dhcpv4/lease.ts";
import { decodeUdpFrame, type UdpFrame } from "../../../lib/net/frame.ts";
import { FrameMemory } from "../../../lib/net/frame_memory.ts";
import { readUint16, writeUint16, writeUint32 } from "../../../lib/net/bytes.ts";
import { checksumOfSum, sumOfWords } from "../../../lib/net/checksum.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import {
  type MacAddress,
  macAddressFromBytes,
  writeMacAddress,
} from "../../../lib/net/mac_address.ts";
import { ip, poolParameters, SERVER_MAC } from "../../support/dhcp/dhcp_packets.ts";
import { readHexPacket } from "../../support/dhcp/hex_packets.ts";

const CLIENTS = 10_000;
const FIRST_MAC = 0x525400000000;

/** Offset of `ciaddr` in a frame. */
const CIADDR = 42 + 12;

/** Frames to answer in one turn: as many as a busy server finds waiting. */
const BATCH = 64;

const parameters = poolParameters({ cidr: parseCidr("192.0.0.0/16")! });
const bindings = new Map(Array.from({ length: CLIENTS }, (_, i) => [
  // Spread over the range as the MACs of VMs are.
  FIRST_MAC + i * 7919 as MacAddress,
  ip("192.0.16.0") + i as Ipv4Address,
]));
const context = {
  table: createLeaseTable(parameters, bindings),
  macAddress: SERVER_MAC,
  mtuBytes: 1500,
  memory: new FrameMemory(),
};

/** The captured packet with the MAC, the `ciaddr` and the checksum of each client. */
function framesOf(name: string): readonly Uint8Array[] {
  const { bytes } = readHexPacket(name);
  const hasCiaddr = bytes[CIADDR] !== 0;
  return [...bindings].map(([mac, address]) => {
    const frame = bytes.slice();
    if (hasCiaddr) writeUint32(frame, CIADDR, address);
    writeMacAddress(mac, frame, 6);
    writeMacAddress(mac, frame, 70);
    writeUint16(frame, 40, 0);
    const udpBytes = readUint16(frame, 38);
    const sum = 17 + udpBytes + sumOfWords(frame, 26, 34 + udpBytes);
    writeUint16(frame, 40, checksumOfSum(sum));
    return frame;
  });
}

let next = 0;

function answerBatch(frames: readonly Uint8Array[]): number {
  let replies = 0;
  for (let i = 0; i < BATCH; i++) {
    const bytes = frames[next++ % CLIENTS]!;
    const frame = { bytes, packetType: 1, checksumReady: true };
    replies += answerFrame(frame, context).replies.length;
  }
  if (replies !== BATCH) throw new Error(`cannot measure: ${replies} replies to ${BATCH} packets`);
  return replies;
}

for (const name of ["udhcpc_discover", "networkd_discover", "dhcpcd_request_renewing"]) {
  const frames = framesOf(name);
  Deno.bench(`answer 64 x ${name}`, { group: "answer" }, () => {
    answerBatch(frames);
  });
}

const discovers = framesOf("networkd_discover");
const unknown = framesOf("networkd_discover").map((frame) => {
  frame.set([0x02], 70);
  writeUint16(frame, 40, 0);
  return frame;
});

Deno.bench("ignore 64 x an unknown client", { group: "answer" }, () => {
  for (let i = 0; i < BATCH; i++) {
    const bytes = unknown[next++ % CLIENTS]!;
    answerFrame({ bytes, packetType: 1, checksumReady: true }, context);
  }
});

const datagrams = discovers.map((bytes) => decodeUdpFrame(bytes, true) as UdpFrame);
const requests = datagrams.map((frame) => {
  const decoded = decodeMessage(frame.payload);
  if (!decoded.ok) throw new Error("cannot measure: the packet cannot be read");
  const mac = macAddressFromBytes(decoded.message.chaddr);
  const link = linkOf(decoded.message, { frame, mac }, parameters);
  if (!link.ok) throw new Error("cannot measure: the client is on no link of the pool");
  return classify(decoded.message, { frame, mac, link, serverIp: parameters.serverIp });
});

Deno.bench("decode frame 64 x", { group: "stages" }, () => {
  for (let i = 0; i < BATCH; i++) decodeUdpFrame(discovers[next++ % CLIENTS]!, true);
});

Deno.bench("decode message 64 x", { group: "stages" }, () => {
  for (let i = 0; i < BATCH; i++) decodeMessage(datagrams[next++ % CLIENTS]!.payload);
});

Deno.bench("decide 64 x", { group: "stages" }, () => {
  for (let i = 0; i < BATCH; i++) decide(requests[next++ % CLIENTS]!, context.table);
});

Deno.bench("reply 64 x", { group: "stages" }, () => {
  for (let i = 0; i < BATCH; i++) {
    const request = requests[next++ % CLIENTS]!;
    const yiaddr = context.table.addressOf(request.mac)!;
    encodeReplies({ kind: "offer", yiaddr }, request, context);
  }
});
