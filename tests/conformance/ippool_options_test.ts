/** From `examples/ippool-options.yaml` to the wire: what its clients are told, octet by octet. */

import assert from "node:assert/strict";
import { parse } from "yaml";
import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import { type Answer, type AnswerContext, answerFrame } from "../../lib/dhcpv4/answer.ts";
import { leaseTableOf } from "../../lib/reconcile/lease_table.ts";
import {
  clientFrame,
  type ClientPacket,
  DISCOVER,
  INFORM,
  M1,
  mac,
  MX,
  octets,
  REQUEST,
  SERVER_MAC,
  type WireOption,
} from "../support/dhcp/dhcp_packets.ts";
import { hexOf, optionOf, readReply, type Reply } from "../support/dhcp/dhcp_replies.ts";
import { asksFor, codesOf, text } from "./network.ts";

const LARGE: WireOption = [57, [1500 >> 8, 1500 & 255]];

function readExample(): IPPool {
  const url = new URL("../../examples/ippool-options.yaml", import.meta.url);
  const ipv4 = {
    allocated: { "192.168.50.100": "52:54:00:12:34:56" },
    hostnames: { "192.168.50.100": "web-1" },
    used: 1,
    available: 99,
  };
  const parsed = parseIPPool({ ...parse(Deno.readTextFileSync(url)), status: { ipv4 } });
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function contextOf(pool: IPPool): AnswerContext {
  return { table: leaseTableOf(pool, () => []), macAddress: SERVER_MAC, mtuBytes: 1500 };
}

const POOL = readExample();
const CONTEXT = contextOf(POOL);

function answer(packet: ClientPacket): Answer {
  const frame = { bytes: clientFrame(packet), packetType: 1, checksumReady: true };
  return answerFrame(frame, CONTEXT);
}

function replyTo(options: readonly WireOption[], packet: ClientPacket = {}): Reply {
  const { outcome, replies } = answer({
    type: DISCOVER,
    mac: M1,
    options: [...options, LARGE],
    ...packet,
  });
  assert.equal(replies.length, 1, outcome);
  return readReply(replies[0]!);
}

function ascii(value: string): string {
  return hexOf(new TextEncoder().encode(value));
}

/** Every option of the example that a client can ask for, and what it gets. */
const EXPECTED: Readonly<Record<number, string>> = {
  1: hexOf(Uint8Array.of(255, 255, 255, 0)),
  2: "00000e10",
  3: "c0a83201",
  6: "c0a83235",
  12: ascii("web-1"),
  15: ascii("lab.example.com"),
  22: "05c0",
  23: "40",
  26: "05aa",
  28: "c0a832ff",
  42: "c0a8327b",
  51: "00000e10",
  54: "c0a83202",
  69: "c0a83219",
  108: "00000708",
  114: ascii("https://portal.example.com/api"),
  119: "036c6162076578616d706c6503636f6d00c004",
  121: "080a" + "c0a832fe" + "18c0a833" + "00000000" + "00c0a83201",
  224: "0104c0a83201",
  249: "080a" + "c0a832fe" + "18c0a833" + "00000000" + "00c0a83201",
  252: ascii("http://wpad.example.com/wpad.dat"),
};

Deno.test("a DISCOVER that asks for all options of the example gets each as it stands there", () => {
  const codes = Object.keys(EXPECTED).map(Number);
  const reply = replyTo([asksFor(...codes)]);
  assert.equal(reply.yiaddr, "192.168.50.100");
  const got = Object.fromEntries(codes.map((code) => {
    const value = optionOf(reply, code);
    return [code, value === undefined ? undefined : hexOf(Uint8Array.from(value))];
  }));
  assert.deepEqual(got, EXPECTED);
});

Deno.test("a client that knows no classless routes gets those that option 33 can say", () => {
  const reply = replyTo([asksFor(33)]);
  assert.deepEqual(optionOf(reply, 33), [...octets("10.0.0.0"), ...octets("192.168.50.254")]);
});

Deno.test("boot clients of each kind get the file of the example for their architecture", () => {
  const clients = [
    { vendor: "PXEClient:Arch:00000", architecture: 0, file: "undionly.kpxe" },
    { vendor: "PXEClient:Arch:00007", architecture: 7, file: "ipxe.efi" },
    { vendor: "PXEClient:Arch:00009", architecture: 9, file: "ipxe.efi" },
    { vendor: "HTTPClient:Arch:00016", architecture: 16, file: "http://192.168.50.69/ipxe.efi" },
  ];
  for (const { vendor, architecture, file } of clients) {
    const reply = replyTo([text(60, vendor), [93, [0, architecture]], asksFor(66, 67)]);
    assert.equal(reply.siaddr, "192.168.50.69", vendor);
    assert.equal(hexOf(Uint8Array.from(optionOf(reply, 67) ?? [])), ascii(file), vendor);
  }
});

Deno.test("a client that asks for rapid commit gets its lease at once", () => {
  const reply = replyTo([[80, []], asksFor(1)]);
  assert.deepEqual(optionOf(reply, 53), [5]);
  assert.ok(codesOf(reply).includes(80));
});

Deno.test("the relay of the example is answered, and no other", () => {
  const from = (relay: string): ClientPacket => {
    const ethernetSource = mac("52:54:00:50:00:03");
    return { giaddr: relay, sourceIp: relay, destinationIp: "192.168.50.2", ethernetSource };
  };
  assert.equal(replyTo([], from("192.168.50.3")).destination, "192.168.50.3:67");
  assert.equal(answer({ mac: M1, ...from("192.168.50.4") }).outcome, "relayed");
  const forged = { ...from("192.168.50.3"), sourceIp: "192.168.50.150" };
  assert.equal(answer({ mac: M1, ...forged }).outcome, "relayMismatch");
  const elsewhere = { ...from("192.168.50.3"), ethernetSource: MX };
  assert.equal(answer({ mac: M1, ...elsewhere }).outcome, "relayMismatch");
});

Deno.test("a client without an address is told to forget the one that it remembers", () => {
  const options: WireOption[] = [[50, octets("192.168.50.150")]];
  assert.equal(answer({ type: REQUEST, mac: MX, options }).outcome, "nak");
});

Deno.test("a request from another Ethernet address than its own is dropped", () => {
  assert.equal(answer({ mac: M1, ethernetSource: MX }).outcome, "chaddrMismatch");
});

Deno.test("an INFORM gets the options of the example without a lease", () => {
  const { outcome, replies } = answer({
    type: INFORM,
    mac: M1,
    ciaddr: "192.168.50.100",
    sourceIp: "192.168.50.100",
    options: [asksFor(26, 51), LARGE],
  });
  assert.equal(outcome, "informAck");
  const reply = readReply(replies[0]!);
  assert.deepEqual(optionOf(reply, 26), [0x05, 0xaa]);
  assert.equal(optionOf(reply, 51), undefined);
});
