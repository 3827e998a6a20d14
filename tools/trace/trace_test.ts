import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  MX,
  octets,
  REQUEST,
  SERVER_IP,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { answerContext } from "../../tests/support/dhcp/dhcp_requests.ts";
import { trace } from "./trace.ts";
import { traceFrame } from "./trace_frame.ts";

const FOLDER = new URL("../../tests/testdata/packets/", import.meta.url).pathname;

/** Titles of the sections of a trace. */
function titlesOf(text: string): string[] {
  return text.split("\n").filter((line) => /^\S/.test(line));
}

Deno.test("trace() prints each stage of a captured packet", () => {
  const text = trace([`${FOLDER}networkd_discover.hex`]);
  assert.deepEqual(titlesOf(text), [
    "frame",
    "datagram",
    "message",
    "client",
    "decision",
    "outcome",
    "reply 1 of 1",
  ]);
  assert.match(text, /^ {2}0000 {2}ff ff ff ff ff ff 52 54/m);
  assert.match(text, /^ {2}option 53 DHCP message type: DISCOVER$/m);
  assert.match(text, /^ {2}52:54:00:12:34:56, bound to 192\.0\.2\.10, discover$/m);
  assert.match(text, /^ {2}offer 192\.0\.2\.10$/m);
  assert.match(text, /^ {2}192\.0\.2\.2:67 -> 192\.0\.2\.10:68, \d+ octets$/m);
});

Deno.test("trace() changes the pool by its options", () => {
  const text = trace([
    `${FOLDER}udhcpc_request_renewing.hex`,
    "--bind=52:54:00:12:34:56=192.0.2.77",
    "--router=192.0.2.254",
  ]);
  assert.match(text, /bound to 192\.0\.2\.77, renewing$/m);
  assert.match(text, /^ {2}nak: notBoundToClient$/m);
  assert.deepEqual(titlesOf(text).slice(-2), ["reply 1 of 2", "reply 2 of 2"]);
});

Deno.test("traceFrame() stops at the stage that refuses the packet", () => {
  const cases: readonly (readonly [string, Uint8Array, readonly string[], string])[] = [
    ["a short frame", new Uint8Array(9), ["frame", "outcome"], "frameTooShort"],
    ["no message", clientFrame({}, new Uint8Array(9)), [
      "frame",
      "datagram",
      "message",
      "outcome",
    ], "messageTooShort"],
    ["an unknown client", clientFrame({ mac: MX }), [
      "frame",
      "datagram",
      "message",
      "client",
      "decision",
      "outcome",
    ], "unknownMac"],
  ];
  for (const [name, bytes, titles, outcome] of cases) {
    const text = traceFrame(bytes, answerContext());
    assert.deepEqual(titlesOf(text), titles, name);
    assert.ok(text.endsWith(`outcome\n  ${outcome}`), name);
  }
});

Deno.test("traceFrame() prints the reason for a decision", () => {
  const packet: ClientPacket = {
    type: REQUEST,
    options: [[54, octets(SERVER_IP)], [50, octets("192.0.2.11")]],
  };
  const text = traceFrame(clientFrame(packet), answerContext());
  assert.match(text, /^ {2}nak: notBoundToClient$/m);
  assert.match(text, /message: "requested address is not bound to this client"$/m);
});

Deno.test("trace() names the argument that is wrong", () => {
  assert.throws(() => trace([]), /^TypeError: usage: \.\/dev trace FILE\.hex\|FILE\.pcap/);
  const file = `${FOLDER}networkd_discover.hex`;
  assert.throws(() => trace([file, "--cidr=1"]), /Cannot use --cidr 1/);
  assert.throws(() => trace([file, "--server=1"]), /Cannot use "1" as an IPv4 address/);
});
