import assert from "node:assert/strict";
import { ip, mac, SERVER_IP, SERVER_MAC } from "../../tests/support/dhcp/dhcp_packets.ts";
import { writeUint16 } from "./bytes.ts";
import { checksumOfSum, sumOfWords } from "./checksum.ts";
import { parseCidr } from "./cidr.ts";
import { answerEchoRequest, isIcmpFrame } from "./icmp.ts";
import { BROADCAST_MAC, writeMacAddress } from "./mac_address.ts";

const IDENTITY = {
  serverIp: ip(SERVER_IP),
  macAddress: SERVER_MAC,
  cidr: parseCidr("192.0.2.0/24")!,
};

/** An echo request of 192.0.2.10 with the data `ping`. */
function echoRequest(): Uint8Array {
  const bytes = Uint8Array.fromHex(
    "020000000002" + "525400123456" + "0800" +
      "4500002000004000400100000000000000000000" + "08000000" + "12340001" + "70696e67",
  );
  bytes.set([192, 0, 2, 10, 192, 0, 2, 2], 26);
  return withChecksums(bytes);
}

function withChecksums(bytes: Uint8Array, headerBytes = 20): Uint8Array {
  const icmp = 14 + headerBytes;
  writeUint16(bytes, 24, 0);
  writeUint16(bytes, 24, checksumOfSum(sumOfWords(bytes, 14, icmp)));
  const end = 14 + (bytes[16]! << 8 | bytes[17]!);
  writeUint16(bytes, icmp + 2, 0);
  writeUint16(bytes, icmp + 2, checksumOfSum(sumOfWords(bytes, icmp, end)));
  return bytes;
}

function changed(change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = echoRequest();
  change(bytes);
  return withChecksums(bytes);
}

Deno.test("answerEchoRequest() sends the data back to the sender", () => {
  const reply = answerEchoRequest(echoRequest(), IDENTITY)!;
  assert.equal(
    reply.toHex(),
    "525400123456" + "020000000002" + "0800" + "45000020000000004001" + "f6d0" +
      "c0000202" + "c000020a" + "0000" + "0efa" + "12340001" + "70696e67",
  );
});

Deno.test("answerEchoRequest() leaves out padding of Ethernet and options of IP", () => {
  const padded = new Uint8Array(60);
  padded.set(echoRequest());
  assert.deepEqual(
    answerEchoRequest(padded, IDENTITY),
    answerEchoRequest(echoRequest(), IDENTITY),
  );
  const plain = echoRequest();
  const longer = new Uint8Array([...plain.subarray(0, 34), 1, 1, 1, 1, ...plain.subarray(34)]);
  longer[14] = 0x46;
  longer[17] = 0x24;
  assert.deepEqual(
    answerEchoRequest(withChecksums(longer, 24), IDENTITY),
    answerEchoRequest(plain, IDENTITY),
  );
});

const UNANSWERED: readonly (readonly [what: string, bytes: Uint8Array])[] = [
  ["a broadcast frame", changed((bytes) => writeMacAddress(BROADCAST_MAC, bytes, 0))],
  [
    "a frame to another host",
    changed((bytes) => writeMacAddress(mac("02:00:00:00:00:99"), bytes, 0)),
  ],
  ["a sender with a group address", changed((bytes) => writeMacAddress(BROADCAST_MAC, bytes, 6))],
  ["another address", changed((bytes) => bytes[33] = 3)],
  ["the broadcast address of the segment", changed((bytes) => bytes[33] = 255)],
  ["a host of another network", changed((bytes) => bytes[28] = 3)],
  ["the network's own address", changed((bytes) => bytes[29] = 0)],
  ["the segment's broadcast address as sender", changed((bytes) => bytes[29] = 255)],
  ["the server itself", changed((bytes) => bytes[29] = 2)],
  ["an echo reply", changed((bytes) => bytes[34] = 0)],
  ["another message", changed((bytes) => bytes[34] = 13)],
  ["another code", changed((bytes) => bytes[35] = 1)],
  ["a first fragment", changed((bytes) => bytes[20] = 0x20)],
  ["a later fragment", changed((bytes) => bytes[21] = 1)],
  ["UDP", changed((bytes) => bytes[23] = 17)],
  ["another version of IP", changed((bytes) => bytes[14] = 0x65)],
  ["an IP header that is too short", changed((bytes) => bytes[14] = 0x44)],
  ["an IP packet longer than the frame", changed((bytes) => bytes[17] = 0x21)],
  ["an IP packet without an ICMP header", changed((bytes) => bytes[17] = 0x1b)],
];

for (const [what, bytes] of UNANSWERED) {
  Deno.test(`answerEchoRequest() stays silent on ${what}`, () => {
    assert.equal(answerEchoRequest(bytes, IDENTITY), undefined);
  });
}

Deno.test("answerEchoRequest() stays silent on wrong checksums", () => {
  for (const offset of [25, 45]) {
    const bytes = echoRequest();
    bytes[offset]! ^= 1;
    assert.equal(answerEchoRequest(bytes, IDENTITY), undefined, `octet ${offset}`);
  }
});

Deno.test("answerEchoRequest() survives every truncation", () => {
  for (let length = 0; length < echoRequest().length; length++) {
    assert.equal(answerEchoRequest(echoRequest().subarray(0, length), IDENTITY), undefined);
  }
});

Deno.test("isIcmpFrame() tells ICMP from the rest", () => {
  assert.equal(isIcmpFrame(echoRequest()), true);
  assert.equal(isIcmpFrame(echoRequest().subarray(0, 33)), false);
  assert.equal(isIcmpFrame(changed((bytes) => bytes[13] = 6)), false);
});

Deno.test("answerEchoRequest() answers both hosts of a /31, and no edge of a /30", () => {
  const from = (last: number) => changed((bytes) => bytes[29] = last);
  const answers = (prefix: string) =>
    [0, 1, 3].filter((last) =>
      answerEchoRequest(from(last), { ...IDENTITY, cidr: parseCidr(prefix)! }) !== undefined
    );
  assert.deepEqual(answers("192.0.2.0/30"), [1]);
  assert.deepEqual(answers("192.0.2.0/31"), [0, 1]);
  assert.deepEqual(answers("192.0.2.2/31"), [3]);
});
