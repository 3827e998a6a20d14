import assert from "node:assert/strict";
import { checksumOfSum, sumOfWords } from "./checksum.ts";

Deno.test("checksumOfSum() of sumOfWords() is the example of RFC 1071 section 3", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  const sum = sumOfWords(bytes, 0, bytes.length);
  assert.equal(sum, 0x2ddf0);
  assert.equal(checksumOfSum(sum), 0xddf2 ^ 0xffff);
});

Deno.test("sumOfWords() pads an odd octet on the right", () => {
  assert.equal(sumOfWords(Uint8Array.of(9, 0x12, 0x34, 0x56, 9), 1, 4), 0x1234 + 0x5600);
});

Deno.test("sumOfWords() of nothing is 0", () => {
  assert.equal(sumOfWords(Uint8Array.of(1, 2), 1, 1), 0);
});

Deno.test("checksumOfSum() folds until 16 bits are left", () => {
  const cases = [
    { sum: 0, want: 0xffff },
    { sum: 0xffff, want: 0 },
    { sum: 0x1_ffff, want: 0xfffe },
    { sum: 0xffff * 750, want: 0 },
    { sum: 0xffff_ffff_0001, want: 0xfffe },
  ];
  for (const { sum, want } of cases) assert.equal(checksumOfSum(sum), want, sum.toString(16));
});

Deno.test("checksumOfSum() is 0 over a range that holds its own checksum", () => {
  const bytes = Uint8Array.of(0x45, 0x10, 0x01, 0x48, 0, 0, 0x40, 0);
  const checksum = checksumOfSum(sumOfWords(bytes, 0, 8));
  const whole = Uint8Array.of(...bytes, checksum >>> 8, checksum & 255);
  assert.equal(checksumOfSum(sumOfWords(whole, 0, 10)), 0);
});
