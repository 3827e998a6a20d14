import assert from "node:assert/strict";
import {
  type ClientPacket,
  clientPayload,
  ip,
  M2,
  type WireOption,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { macAddressFromBytes } from "../../net/mac_address.ts";
import { decodeMessage } from "./decode.ts";

function reasonOf(payload: Uint8Array): string {
  const result = decodeMessage(payload);
  return result.ok ? "ok" : result.reason;
}

Deno.test("decodeMessage() reads every header field", () => {
  const payload = clientPayload({
    type: 3,
    mac: M2,
    op: 2,
    htype: 3,
    hlen: 4,
    hops: 5,
    xid: 0xfffefdfc,
    secs: 0xfbfa,
    flags: 0x8001,
    ciaddr: "255.1.2.3",
    siaddr: "254.1.2.3",
    giaddr: "253.1.2.3",
  });
  payload.set([252, 1, 2, 3], 16);
  const decoded = decodeMessage(payload);
  assert.ok(decoded.ok);
  const { chaddr, options: _options, ...header } = decoded.message;
  assert.deepEqual(header, {
    messageType: "REQUEST",
    op: 2,
    htype: 3,
    hlen: 4,
    hops: 5,
    xid: 0xfffefdfc,
    secs: 0xfbfa,
    flags: 0x8001,
    ciaddr: ip("255.1.2.3"),
    yiaddr: ip("252.1.2.3"),
    siaddr: ip("254.1.2.3"),
    giaddr: ip("253.1.2.3"),
  });
  assert.equal(chaddr.length, 16);
  assert.equal(macAddressFromBytes(chaddr), M2);
});

Deno.test("decodeMessage() takes messages from the shortest to jumbo", () => {
  for (const padToBytes of [0, 241, 262, 284, 299, 300, 548, 1472, 8972]) {
    assert.equal(reasonOf(clientPayload({ padToBytes })), "ok", `${padToBytes} octets`);
  }
});

Deno.test("decodeMessage() names the reason against a payload", () => {
  const cookieWrong = clientPayload();
  cookieWrong[239] = 0x64;
  const bootp = clientPayload({ padToBytes: 300 });
  bootp.fill(0xa5, 236);
  const cases: readonly (readonly [string, Uint8Array, string])[] = [
    ["empty", new Uint8Array(), "messageTooShort"],
    ["a header without cookie", clientPayload().subarray(0, 236), "messageTooShort"],
    ["a cookie cut after three octets", clientPayload().subarray(0, 239), "messageTooShort"],
    ["a cookie and nothing else", clientPayload().subarray(0, 240), "messageTooShort"],
    ["a wrong cookie", cookieWrong, "badMagicCookie"],
    ["plain BOOTP with a vendor area", bootp, "badMagicCookie"],
    [
      "BOOTP with a cookie and without option 53",
      clientPayload({ type: undefined }),
      "noMessageType",
    ],
    ["only PAD", clientPayload({ type: undefined, tail: [0] }), "noMessageType"],
    [
      "only END",
      clientPayload({ type: undefined, tail: new Array(60).fill(255) }),
      "noMessageType",
    ],
    [
      "option 53 behind END",
      clientPayload({ type: undefined, tail: [255, 53, 1, 1] }),
      "noMessageType",
    ],
    ["an option past the end", clientPayload({ tail: [61, 9], padToBytes: 0 }), "optionOverrun"],
  ];
  for (const [name, payload, want] of cases) assert.equal(reasonOf(payload), want, name);
});

Deno.test("decodeMessage() knows the message types 1 to 8 of one octet only", () => {
  for (let type = 0; type < 256; type++) {
    const want = type >= 1 && type <= 8 ? "ok" : "badMessageType";
    assert.equal(reasonOf(clientPayload({ type })), want, `type ${type}`);
  }
  const malformed: readonly (readonly [string, readonly WireOption[]])[] = [
    ["empty", [[53, []]]],
    ["two octets", [[53, [1, 1]]]],
    ["twice", [[53, [1]], [53, [1]]]],
  ];
  for (const [name, options] of malformed) {
    assert.equal(reasonOf(clientPayload({ type: undefined, options })), "badMessageType", name);
  }
});

Deno.test("decodeMessage() takes a message whose wishes have wrong lengths or come twice", () => {
  const wishes: readonly (readonly WireOption[])[] = [
    ...[0, 1, 3, 4, 8].map((length): readonly WireOption[] => [[57, new Array(length).fill(1)]]),
    ...[0, 1, 3, 5, 8].map((length): readonly WireOption[] => [[51, new Array(length).fill(1)]]),
    [[57, [5, 220]], [57, [5, 220]]],
    [[51, [0, 0, 1, 44]], [51, [0, 0, 1, 44]]],
  ];
  for (const options of wishes) {
    const decoded = decodeMessage(clientPayload({ options }));
    assert.ok(decoded.ok, JSON.stringify(options));
    assert.equal(decoded.message.options.uint16(57), undefined);
    assert.equal(decoded.message.options.uint32(51), undefined);
  }
});

Deno.test("decodeMessage() refuses addresses of a wrong length", () => {
  const proper = new Map([[50, 4], [54, 4]]);
  for (const [code, bytes] of proper) {
    for (const length of [0, 1, 2, 3, 4, 5, 8, 16]) {
      const options: ClientPacket["options"] = [[code, new Array(length).fill(1)]];
      const want = length === bytes ? "ok" : "badOptionLength";
      assert.equal(reasonOf(clientPayload({ options })), want, `option ${code} of ${length}`);
    }
    const twice: WireOption = [code, new Array(bytes).fill(1)];
    assert.equal(reasonOf(clientPayload({ options: [twice, twice] })), "badOptionLength");
  }
});
