import assert from "node:assert/strict";
import { formatIpv4Address, ipv4AddressFromNumber, parseIpv4Address } from "./ipv4_address.ts";

Deno.test("parseIpv4Address() and formatIpv4Address() are each other's inverse", () => {
  const cases = [
    ["0.0.0.0", 0],
    ["0.0.0.1", 1],
    ["192.0.2.1", 0xc0000201],
    ["127.255.0.9", 0x7fff0009],
    ["255.255.255.255", 0xffffffff],
  ] as const;
  for (const [text, number] of cases) {
    const address = parseIpv4Address(text);
    assert.equal(address, number, text);
    assert.equal(formatIpv4Address(address!), text);
  }
});

Deno.test("parseIpv4Address() accepts nothing but four decimal octets", () => {
  const texts = ["", "...", "1.2.3", "1.2.3.4.5", "1.2.3.4.", ".1.2.3.4", "1..3.4", "256.1.1.1"];
  texts.push(
    "1.2.3.04",
    "010.0.0.1",
    "1e2.1.1.1",
    "0x1.1.1.1",
    "+1.1.1.1",
    "-1.1.1.1",
    "1.1.1.1/24",
  );
  texts.push(" 1.1.1.1", "1.1.1.1 ", "1.1.1.1\n", "1.1.1.１", "::ffff:1.1.1.1", "localhost");
  for (const text of texts) assert.equal(parseIpv4Address(text), undefined, JSON.stringify(text));
});

Deno.test("ipv4AddressFromNumber() takes unsigned 32-bit integers only", () => {
  assert.equal(ipv4AddressFromNumber(0xffffffff), 0xffffffff);
  for (const number of [-1, 0x1_0000_0000, 1.5, NaN, Infinity]) {
    assert.throws(() => ipv4AddressFromNumber(number), RangeError, String(number));
  }
});
