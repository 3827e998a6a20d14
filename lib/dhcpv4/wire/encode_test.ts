import assert from "node:assert/strict";
import { ip, octets } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { encodeMessage, hexOf } from "../../../tests/support/dhcp/dhcp_replies.ts";
import { decodeMessage } from "./decode.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyMessage } from "./message.ts";

const CHADDR = Uint8Array.of(0x52, 0x54, 0, 0x12, 0x34, 0x56, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x99);

function reply(options: readonly DhcpOption[]): ReplyMessage {
  return {
    xid: 0xfffefdfc,
    flags: 0x8000,
    ciaddr: ip("255.1.2.3"),
    yiaddr: ip("254.1.2.3"),
    siaddr: ip("253.1.2.3"),
    giaddr: ip("252.1.2.3"),
    chaddr: CHADDR,
    file: new Uint8Array(),
    mayOverload: false,
    options: [{ code: 53, value: Uint8Array.of(2) }, ...options],
  };
}

Deno.test("encodeMessage() writes every field at its place and pads to 300 octets", () => {
  const bytes = encodeMessage(reply([{ code: 51, value: Uint8Array.of(0, 0, 1, 44) }]), 548);
  assert.equal(bytes.length, 300);
  assert.equal(
    hexOf(bytes.subarray(0, 44)),
    "02010600" + "fffefdfc" + "00008000" + "ff010203" + "fe010203" + "fd010203" + "fc010203" +
      "52540012345600000000000000000099",
  );
  assert.ok(bytes.subarray(44, 236).every((octet) => octet === 0), "sname and file");
  assert.equal(hexOf(bytes.subarray(236, 252)), "63825363" + "350102" + "33040000012c" + "ff0000");
  assert.ok(bytes.subarray(250).every((octet) => octet === 0), "padding");
});

Deno.test("encodeMessage() cuts values of more than 255 octets into pieces that join again", () => {
  const value = Uint8Array.from({ length: 600 }, (_, i) => i);
  const bytes = encodeMessage(reply([{ code: 119, value }]), 1472);
  assert.deepEqual([...bytes.subarray(243, 245)], [119, 255]);
  assert.deepEqual([...bytes.subarray(500, 502)], [119, 255]);
  assert.deepEqual([...bytes.subarray(757, 759)], [119, 90]);
  const decoded = decodeMessage(bytes);
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.message.options.get(119), value);
});

Deno.test("encodeMessage() leaves out options without a value", () => {
  const bytes = encodeMessage(reply([{ code: 3, value: new Uint8Array() }]), 548);
  assert.equal(hexOf(bytes.subarray(240, 244)), "350102" + "ff");
});

Deno.test("encodeMessage() fills its limit and never passes it", () => {
  const head = 240 + 3 + 1;
  for (const length of [1, 50, 54, 55, 200, 254, 255]) {
    const option = { code: 12, value: new Uint8Array(length).fill(7) };
    const fitting = encodeMessage(reply([option]), head + 2 + length);
    assert.equal(fitting.length, head + 2 + length);
    assert.equal(fitting[243], 12, `${length} octets fit`);
    const dropped = encodeMessage(reply([option]), head + 1 + length);
    assert.equal(dropped.length, Math.min(300, head + 1 + length), "padding has a limit as well");
    assert.equal(dropped[243], 255, `${length} octets do not fit`);
  }
});

Deno.test("encodeMessage() keeps what a lease needs below any limit", () => {
  const options = [54, 51, 1].map((code) => ({ code, value: Uint8Array.from(octets("1.2.3.4")) }));
  const decoded = decodeMessage(encodeMessage(reply(options), 0));
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.message.options.codes(), [53, 54, 51, 1]);
});
