/**
 * The decoder alone: a captured DISCOVER, for scale against the parser of the npm package `dhcp`,
 * and the damaged packets of the fuzzer, of which it has to read 300,000 a second.
 */

import { Buffer } from "node:buffer";
import protocol from "dhcp/lib/protocol.js";
import { decodeMessage } from "../../../lib/dhcpv4/wire/decode.ts";
import { decodeUdpFrame } from "../../../lib/net/frame.ts";
import { mutate } from "../../fuzz/mutations.ts";
import { SeededRandom } from "../../fuzz/random.ts";
import { STIMULI } from "../../fuzz/stimuli.ts";
import { readHexPacket } from "../../support/dhcp/hex_packets.ts";

const CORPUS_PACKETS = 20_000;
const UDP_PAYLOAD = 42;

const random = new SeededRandom(1);
const corpus = Array.from({ length: CORPUS_PACKETS }, () => mutate(random.pick(STIMULI), random));
const payload = readHexPacket("dhclient_discover").bytes.subarray(UDP_PAYLOAD);
const buffer = Buffer.from(payload);
const parse: (bytes: Buffer) => unknown = protocol.parse;

Deno.bench({
  name: "DISCOVER, this decoder",
  group: "one DISCOVER",
  baseline: true,
  fn: () => void decodeMessage(payload),
});

Deno.bench({
  name: "DISCOVER, npm:dhcp",
  group: "one DISCOVER",
  fn: () => void parse(buffer),
});

Deno.bench(`${CORPUS_PACKETS} damaged frames`, () => {
  for (const bytes of corpus) {
    const datagram = decodeUdpFrame(bytes, true);
    if (datagram.ok) decodeMessage(datagram.payload);
  }
});
