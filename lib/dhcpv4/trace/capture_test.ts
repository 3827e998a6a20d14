import assert from "node:assert/strict";
import fc from "fast-check";
import { readHexPacket } from "../../../tests/support/dhcp/hex_packets.ts";
import { readCapture } from "./capture.ts";
import { CaptureError } from "./captured_frame.ts";

Deno.test("readCapture() reads one frame as text", () => {
  const { bytes } = readHexPacket("networkd_discover");
  const text = `# a comment\n${bytes.toHex().replaceAll(/../g, "$& ")}\n`;
  const { isOfInterface, frames } = readCapture(new TextEncoder().encode(text));
  assert.equal(isOfInterface, false);
  assert.deepEqual([...frames], [{ number: 1, bytes, wireBytes: bytes.length }]);
});

for (const text of ["", "# nothing\n", "0", "zz", "ff:ff", "\u0000"]) {
  Deno.test(`readCapture() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => readCapture(new TextEncoder().encode(text)), /^CaptureError: is neither/);
  });
}

Deno.test("readCapture() gives frames or a reason, whatever octets a file has", () => {
  const magic = fc.constantFrom(
    ...[[0xd4, 0xc3, 0xb2, 0xa1], [0xa1, 0xb2, 0x3c, 0x4d]],
    [...[0x0a, 0x0d, 0x0d, 0x0a], ...[28, 0, 0, 0], ...[0x4d, 0x3c, 0x2b, 0x1a]],
  );
  const word = fc.oneof(fc.constantFrom(0, 1, 12, 28, 32, 0xffffffff), fc.nat());
  const words = fc.array(word, { maxLength: 40 });
  fc.assert(
    fc.property(magic, words, fc.nat(3), (head, tail, cut) => {
      const view = new DataView(new ArrayBuffer(4 * tail.length));
      tail.forEach((value, i) => view.setUint32(4 * i, value, true));
      const file = Uint8Array.from([...head, ...new Uint8Array(view.buffer)]);
      try {
        for (const { bytes } of readCapture(file.subarray(0, file.length - cut)).frames) {
          assert.ok(bytes.length <= file.length);
        }
      } catch (error) {
        assert.ok(error instanceof CaptureError, String(error));
      }
    }),
    { numRuns: 2000, seed: 16 },
  );
});
