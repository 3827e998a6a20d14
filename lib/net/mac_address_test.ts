import assert from "node:assert/strict";
import {
  BROADCAST_MAC,
  formatMacAddress,
  isGroupMacAddress,
  type MacAddress,
  macAddressFromBytes,
  parseMacAddress,
  writeMacAddress,
} from "./mac_address.ts";

Deno.test("parseMacAddress() reads colons and dashes in either case", () => {
  for (const text of ["52:54:00:ab:cd:0f", "52:54:00:AB:CD:0F", "52-54-00-Ab-cD-0f"]) {
    assert.equal(parseMacAddress(text), 0x525400abcd0f, text);
  }
});

Deno.test("parseMacAddress() accepts nothing else", () => {
  const texts = ["", "525400abcd0f", "52:54:00:ab:cd", "52:54:00:ab:cd:0f:01", "52:54:00:ab:cd:0g"];
  texts.push("52:54-00:ab:cd:0f", "2:54:00:ab:cd:0f", "5254.00ab.cd0f", " 52:54:00:ab:cd:0f");
  texts.push("52:54:00:ab:cd:0f\n", "52:54:00:ab:cd:", "::::::");
  for (const text of texts) assert.equal(parseMacAddress(text), undefined, JSON.stringify(text));
});

Deno.test("formatMacAddress() writes lower case, colons and leading zeros", () => {
  assert.equal(formatMacAddress(0x525400abcd0f as MacAddress), "52:54:00:ab:cd:0f");
  assert.equal(formatMacAddress(0x00000000000a as MacAddress), "00:00:00:00:00:0a");
  assert.equal(formatMacAddress(BROADCAST_MAC), "ff:ff:ff:ff:ff:ff");
});

Deno.test("writeMacAddress() and macAddressFromBytes() keep all 48 bits at any offset", () => {
  for (const address of [0, 1, 0x800000000001, 0x525400abcd0f, 0xffffffffffff] as MacAddress[]) {
    const bytes = new Uint8Array(9).fill(0x77);
    writeMacAddress(address, bytes, 2);
    assert.equal(macAddressFromBytes(bytes, 2), address);
    assert.deepEqual([bytes[0], bytes[1], bytes[8]], [0x77, 0x77, 0x77]);
  }
});

Deno.test("isGroupMacAddress() looks at the lowest bit of the first octet", () => {
  const cases = [
    ["ff:ff:ff:ff:ff:ff", true],
    ["01:00:5e:00:00:01", true],
    ["33:33:00:00:00:01", true],
    ["00:00:00:00:00:00", false],
    ["02:ff:ff:ff:ff:ff", false],
    ["fe:00:00:00:00:00", false],
  ] as const;
  for (const [text, want] of cases) {
    assert.equal(isGroupMacAddress(parseMacAddress(text)!), want, text);
  }
});
