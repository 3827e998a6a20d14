import assert from "node:assert/strict";
import { ip } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { encodeMessage, hexOf } from "../../../tests/support/dhcp/dhcp_replies.ts";
import { decodeMessage } from "./decode.ts";
import type { DhcpOption } from "../options/value_kind.ts";
import type { ReplyMessage, ReplyOption } from "./message.ts";
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

/** `code,code / file / sname`, and ` - code,code` for what is left out. */
function layout(message: ReplyMessage, limitBytes: number): string {
  const { options, file, sname, leftOut } = layOutOptions(message, limitBytes);
  const fields = [options, file, sname].map((field) => codesOf(field)).join(" / ");
  return leftOut.length === 0 ? fields : `${fields} - ${codesOf(leftOut)}`;
}

function codesOf(options: readonly ReplyOption[]): string {
  return singleOptionsOf(options).map(({ code }) => code).join();
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
  assert.equal(layout(message, 60), "53,52,1,61 / 119 / 121,42");
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
    [61, "53,52,1 /  / 17"],
    [62, "53,1 /  /  - 17"],
  ];
  for (const [valueBytes, want] of cases) {
    const named = reply([option(1, 4), option(17, valueBytes)], { file: Uint8Array.of(97) });
    assert.equal(layout(named, 20), want, `${valueBytes} octets and sname`);
  }
  assert.equal(layout(reply([option(1, 4), option(17, 125)]), 20), "53,52,1 / 17 / ");
  assert.equal(layout(reply([option(1, 4), option(17, 126)]), 20), "53,1 /  /  - 17");
});

Deno.test("layOutOptions() makes room for option 52 itself", () => {
  const message = reply([option(1, 4), option(119, 10), option(42, 8)]);
  // Without the three octets of 52, moving 42 would be enough for the rest to fit.
  assert.equal(layout(message, 21), "53,52,1 / 119,42 / ");
  assert.equal(layOutOptions(message, 21).optionBytes, 12);
});

Deno.test("layOutOptions() never moves what a lease needs, nor echoes, nor relay information", () => {
  const needed = [54, 51, 58, 59, 1, 3, 6, 15, 28, 61, 118, 82].map((code) => option(code, 4));
  assert.match(layout(reply([...needed, option(42, 8)]), 78), / \/ 42 \/ $/);
  assert.match(layout(reply([...needed, option(42, 8)]), 77), / - 42$/, "no room for 52");
  assert.doesNotMatch(layout(reply(needed), 70), /52/);
});

Deno.test("layOutOptions() leaves the fields alone for a client that asked for nothing", () => {
  const message = reply([option(1, 4), option(42, 8)], { mayOverload: false });
  assert.equal(layout(message, 15), "53,1 /  /  - 42");
});

Deno.test("layOutOptions() moves nothing for an option that does not fit all the same", () => {
  const options = [option(1, 4), option(17, 200), option(42, 8), option(12, 20)];
  assert.equal(layout(reply(options), 60), "53,1,42,12 /  /  - 17", "no need for another field");
  const routes = [option(1, 4), option(121, 600), option(42, 8)];
  assert.equal(layout(reply(routes), 100), "53,1,42 /  /  - 121", "all fields are too small");
});

Deno.test("layOutOptions() cuts long routes into pieces in several fields, as they join", () => {
  const message = reply([option(1, 4), option(121, 285), option(42, 8)]);
  assert.equal(layout(message, 200), "53,52,1,121 / 121 / 42");
  assert.equal(layout(message, 130), "53,52,1,121 / 121 / 121,42");
  // Of 285 octets, 125 fit into file and 61 into sname.
  const room = 3 + 3 + 6 + 2 + 99;
  assert.equal(layout(message, room), "53,52,1,121 / 121 / 121 - 42", "routes come first");
  assert.equal(layout(message, room - 1), "53,1,42 /  /  - 121");
  const decoded = decodeMessage(encodeMessage(message, 240 + 130 + 1));
  assert.ok(decoded.ok);
  assert.deepEqual(decoded.message.options.get(121), option(121, 285).value);
});

Deno.test("layOutOptions() cuts no option that clients need not join", () => {
  const whole = reply([option(1, 4), option(43, 200)]);
  assert.equal(layout(whole, 150), "53,1 /  /  - 43");
  const inPieces = reply([option(1, 4), option(125, 200)]);
  assert.equal(layout(inPieces, 150), "53,52,1,125 / 125 / ");
});

Deno.test("layOutOptions() leaves out by rank what does not fit, and nothing that still does", () => {
  const lengths = [[53, 1], [54, 4], [51, 4], [58, 4], [59, 4], [1, 4]] as const;
  const others = [[119, 100], [6, 8], [42, 4], [3, 4], [61, 7], [82, 6]] as const;
  const [type, ...options] = [...lengths, ...others].map(([code, length]) => option(code, length));
  const message = { ...reply(options), options: [type!, ...options], mayOverload: false };
  const cases: readonly (readonly [limitBytes: number, leftOut: string])[] = [
    [174, ""],
    [173, "42"],
    [168, "42"],
    [167, "119"],
    [72, "119"],
    [71, "119,42"],
    [66, "119,42"],
    [65, "119,42,3"],
    [59, "119,6,42"],
    [49, "59,119,6,42,3"],
    [43, "58,59,119,6,42,3"],
    [37, "59,119,6,42,3,82"],
    [30, "58,59,119,6,42,3,82"],
    [26, "58,59,119,6,42,3,61,82"],
    [0, "58,59,119,6,42,3,61,82"],
    [-5, "58,59,119,6,42,3,61,82"],
  ];
  for (const [limitBytes, leftOut] of cases) {
    assert.equal(codesOf(layOutOptions(message, limitBytes).leftOut), leftOut, `${limitBytes}`);
  }
});

Deno.test("encodeMessage() writes moved options where a reader of option 52 finds them", () => {
  const options = [option(1, 4), option(119, 60), option(121, 100), option(61, 7)];
  const bytes = encodeMessage(reply(options), 240 + 30 + 1);
  assert.equal(bytes.length, 240 + 30 + 1);
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
