import assert from "node:assert/strict";
import {
  clientFrame,
  type ClientPacket,
  ip,
  leaseTable,
  MX,
  octets,
  poolParameters,
  REQUEST,
  SERVER_IP,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { readHexPacket } from "../../../tests/support/dhcp/hex_packets.ts";
import { answerContext } from "../../../tests/support/dhcp/dhcp_requests.ts";
import { parseCidr } from "../../net/cidr.ts";
import { traceFrame } from "./trace_frame.ts";

/** Titles of the sections of a trace. */
function titlesOf(text: string): string[] {
  return text.split("\n").filter((line) => /^\S/.test(line));
}

Deno.test("traceFrame() prints each stage of a captured packet", () => {
  const text = traceFrame(readHexPacket("networkd_discover").bytes, answerContext());
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

Deno.test("traceFrame() names options that the reply has no room for", () => {
  const routes = Array.from({ length: 64 }, (_, i) => (
    { destination: parseCidr(`10.0.${i}.0/24`)!, gateway: ip("192.0.2.9") }
  ));
  const table = leaseTable(poolParameters({ routes }));
  const text = traceFrame(clientFrame({ options: [[55, [121]]] }), answerContext({ table }));
  assert.match(text, /^left out, as the reply has no room\n {2}option 121, 517 octets$/m);
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
    [
      "a server's reply",
      clientFrame({ op: 2 }),
      ["frame", "datagram", "message", "outcome"],
      "notARequest",
    ],
    [
      "too many hops",
      clientFrame({ hops: 17 }),
      ["frame", "datagram", "message", "outcome"],
      "tooManyHops",
    ],
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
