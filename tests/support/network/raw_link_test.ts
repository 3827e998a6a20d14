import assert from "node:assert/strict";
import { createVethPair } from "./network_namespace.ts";
import { RawLink } from "./raw_link.ts";

/** Of an EtherType for experiments (IEEE 802, 9.2.4): the kernel sends none by itself. */
const FRAME = Uint8Array.from([...Array(12).fill(2), 0x88, 0xb5, ...Array(46).fill(7)]);

function isExperiment(frame: Uint8Array): boolean {
  return frame[12] === 0x88 && frame[13] === 0xb5;
}

function block(ms: number): void {
  const untilMs = performance.now() + ms;
  while (performance.now() < untilMs);
}

Deno.test("RawLink.receive() takes a frame that came in time, though the process looks late", async () => {
  await using pair = await createVethPair();
  using sender = new RawLink(pair.name);
  using receiver = new RawLink(pair.peerName);
  const received = receiver.receive(isExperiment, 100);
  sender.send(FRAME);
  block(200);
  assert.deepEqual(await received, FRAME);
});

Deno.test("RawLink.receive() throws when no frame came in time", async () => {
  await using pair = await createVethPair();
  using link = new RawLink(pair.name);
  await assert.rejects(link.receive(isExperiment, 50), /no such frame came within 50 ms/);
});
