import assert from "node:assert/strict";
import { messageTypeCode, messageTypeFromCode } from "./message_type.ts";

Deno.test("messageTypeFromCode() and messageTypeCode() are the table of RFC 2132 section 9.6", () => {
  const table = [
    [1, "DISCOVER"],
    [2, "OFFER"],
    [3, "REQUEST"],
    [4, "DECLINE"],
    [5, "ACK"],
    [6, "NAK"],
    [7, "RELEASE"],
    [8, "INFORM"],
  ] as const;
  for (const [code, type] of table) {
    assert.equal(messageTypeFromCode(code), type);
    assert.equal(messageTypeCode(type), code);
  }
});

Deno.test("messageTypeFromCode() knows no other code", () => {
  for (const code of [0, 9, 10, 17, 255]) assert.equal(messageTypeFromCode(code), undefined);
});
