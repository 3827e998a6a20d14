import assert from "node:assert/strict";
import { ByteReader } from "./byte_reader.ts";
import { HEAD_BYTES_MAX } from "./request_head.ts";

/** A client that sends a text in pieces of one size. */
function sourceOf(text: string, pieceBytes: number) {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  let position = 0;
  return {
    read: (into: Uint8Array) => {
      if (position === bytes.length) return Promise.resolve(null);
      const piece = bytes.subarray(position, position + Math.min(pieceBytes, into.length));
      into.set(piece);
      position += piece.length;
      return Promise.resolve(piece.length);
    },
  };
}

const LONG = `B: ${"x".repeat(50_000)}\xe4`;

for (const pieceBytes of [1, 2, 3, 7, 4096, 100_000]) {
  Deno.test(`readHead() finds heads and what lies between in pieces of ${pieceBytes} octets`, async () => {
    const text = `GET /1\r\nA: 1\r\n\r\n\r\n\r\nGET /2\r\n${LONG}\r\n\r\nbodyGET /3\r\n\r\nrest`;
    const reader = new ByteReader(sourceOf(text, pieceBytes));
    let starts = 0;
    const readHead = () => reader.readHead(() => starts++);
    assert.equal(await readHead(), "GET /1\r\nA: 1");
    assert.equal(await readHead(), `GET /2\r\n${LONG}`);
    const body = new Uint8Array(4);
    for (let read = 0; read < 4;) read += (await reader.readInto(body.subarray(read)))!;
    assert.equal(String.fromCharCode(...body), "body");
    assert.equal(await readHead(), "GET /3");
    assert.equal(await readHead(), undefined);
    assert.ok(starts >= 4);
  });

  Deno.test(`readHead() refuses what has no end or bare lines in pieces of ${pieceBytes} octets`, async () => {
    const endless = new ByteReader(sourceOf("A: 1\r\n".repeat(HEAD_BYTES_MAX), pieceBytes));
    await assert.rejects(endless.readHead(() => {}), { status: 431 });
    for (const text of ["GET /\n\n", "\n", "GET /\r\nA: 1\n\r\n", "GET /\r\nA: 1\r\n\n"]) {
      const reader = new ByteReader(sourceOf(text, pieceBytes));
      await assert.rejects(reader.readHead(() => {}), { status: 400 }, JSON.stringify(text));
    }
  });
}

Deno.test("fill() waits once for all who ask", async () => {
  let reads = 0;
  const source = sourceOf("abc", 1);
  const reader = new ByteReader({ read: (into) => (reads++, source.read(into)) });
  assert.deepEqual(await Promise.all([reader.fill(), reader.fill()]), [true, true]);
  assert.deepEqual([reads, reader.waiting.length], [1, 1]);
});
