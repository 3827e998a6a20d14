import assert from "node:assert/strict";
import { ip } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { encodeMessage, hexOf } from "../../../tests/support/dhcp/dhcp_replies.ts";
import { decodeMessage } from "./decode.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyMessage } from "./message.ts";
import { singleOptionsOf } from "./option_encoding.ts";
import { layOutOptions } from "./overload.ts";

function option(code: number, length: number): DhcpOption {
  return { code, value: new Uint8Array(length).fill(code) };
}

function reply(options: readonly DhcpOption[], changes: Partial<ReplyMessage> = {}): ReplyMessage {
  const zero = ip("0.0.0.0");
  return {
    xid: 1,
    flags: 0,
    ciaddr: zero,
    yiaddr: zero,
    siaddr: zero,
    giaddr: zero,
    chaddr: new Uint8Array(16),
    file: new Uint8Array(),
    mayOverload: true,
    options: [{ code: 53, value: Uint8Array.of(2) }, ...options],
    ...changes,
  };
}

/** `code,code / file / sname`. */
function layout(message: ReplyMessage, limitBytes: number): string {
  const { options, file, sname } = layOutOptions(message, limitBytes);
  return [options, file, sname].map((field) =>
    singleOptionsOf(field).map(({ code }) => code).join()
  )
    .join(" / ");
}

Deno.test("layOutOptions() uses the options field alone as long as it has room", () => {
  const message = reply([option(1, 4), option(119, 100), option(42, 4)]);
  assert.equal(layout(message, 117), "53,1,119,42 /  / ");
});

Deno.test("layOutOptions() moves what would go first, to file, then to sname", () => {
  const message = reply([
    option(1, 4),
    option(119, 100),
    option(121, 40),
    option(42, 8),
    option(61, 7),
  ]);
  assert.equal(layout(message, 172), "53,1,119,121,42,61 /  / ", "all fits");
  assert.equal(layout(message, 171), "53,52,1,119,121,61 / 42 / ", "the last one that may move");
  assert.equal(layout(message, 130), "53,52,1,119,61 / 121,42 / ");
  assert.equal(layout(message, 60), "53,52,1,61 / 121,42 / ", "119 fits nowhere");
});

Deno.test("layOutOptions() moves to sname what file has no room for", () => {
  const message = reply([
    option(1, 4),
    option(119, 100),
    option(121, 40),
    option(42, 8),
    option(61, 7),
  ]);
  const named = { ...message, file: Uint8Array.of(97) };
  assert.equal(layout(named, 130), "53,52,1,119,61 /  / 121,42", "file holds a name");
  const wide = reply([option(1, 4), option(119, 60), option(121, 100)]);
  assert.equal(layout(wide, 20), "53,52,1 / 121 / 119");
});

Deno.test("layOutOptions() fills the fields to the octet in front of their END", () => {
  const cases: readonly (readonly [valueBytes: number, want: string])[] = [
    [61, "53,52,1 /  / 119"],
    [62, "53,1 /  / "],
  ];
  for (const [valueBytes, want] of cases) {
    const named = reply([option(1, 4), option(119, valueBytes)], { file: Uint8Array.of(97) });
    assert.equal(layout(named, 20), want, `${valueBytes} octets and sname`);
  }
  assert.equal(layout(reply([option(1, 4), option(119, 125)]), 20), "53,52,1 / 119 / ");
  assert.equal(layout(reply([option(1, 4), option(119, 126)]), 20), "53,1 /  / ");
});

Deno.test("layOutOptions() makes room for option 52 itself", () => {
  const message = reply([option(1, 4), option(119, 10), option(42, 8)]);
  // Without the three octets of 52, moving 42 would be enough for the rest to fit.
  assert.equal(layout(message, 21), "53,52,1 / 119,42 / ");
  assert.equal(layOutOptions(message, 21).optionBytes, 12);
});

Deno.test("layOutOptions() never moves what a lease needs, nor echoes, nor relay information", () => {
  const needed = [54, 51, 58, 59, 1, 3, 6, 15, 28, 61, 118, 82].map((code) => option(code, 4));
  assert.match(layout(reply([...needed, option(42, 8)]), 75), / \/ 42 \/ $/);
  assert.doesNotMatch(layout(reply(needed), 70), /52/);
});

Deno.test("layOutOptions() leaves the fields alone for a client that asked for nothing", () => {
  const message = reply([option(1, 4), option(42, 8)], { mayOverload: false });
  assert.equal(layout(message, 15), "53,1 /  / ");
});

Deno.test("encodeMessage() writes moved options where a reader of option 52 finds them", () => {
  const options = [option(1, 4), option(119, 60), option(121, 100), option(61, 7)];
  const bytes = encodeMessage(reply(options), 240 + 30 + 1);
  assert.equal(bytes.length, 300);
  assert.equal(hexOf(bytes.subarray(240, 246)), "350102" + "340103");
  assert.equal(hexOf(bytes.subarray(108, 110)), "7964", "option 121 in file");
  assert.equal(bytes[108 + 102], 255, "END in file");
  assert.equal(hexOf(bytes.subarray(44, 46)), "773c", "option 119 in sname");
  assert.equal(bytes[44 + 62], 255, "END in sname");
  const decoded = decodeMessage(bytes);
  assert.ok(decoded.ok);
  for (const { code, value } of options) {
    assert.deepEqual(decoded.message.options.get(code), value, `${code}`);
  }
});
