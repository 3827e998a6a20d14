import assert from "node:assert/strict";
import { ip } from "../../../tests/support/dhcp/dhcp_packets.ts";
import { encodeAddresses, encodeText, encodeUint32 } from "./option_values.ts";

Deno.test("encodeAddresses() writes four octets each, in order", () => {
  const value = encodeAddresses([ip("192.0.2.1"), ip("255.254.253.252")]);
  assert.deepEqual([...value], [192, 0, 2, 1, 255, 254, 253, 252]);
  assert.equal(encodeAddresses([]).length, 0);
});

Deno.test("encodeUint32() writes the most significant octet first", () => {
  assert.deepEqual([...encodeUint32(0xfffffffe)], [0xff, 0xff, 0xff, 0xfe]);
  assert.deepEqual([...encodeUint32(300)], [0, 0, 1, 44]);
});

Deno.test("encodeText() adds no terminator", () => {
  assert.deepEqual([...encodeText("a.b")], [97, 46, 98]);
});
