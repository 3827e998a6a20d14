/** Packet sockets when the kernel refuses frames or the interface vanishes. Needs root. */

import assert from "node:assert/strict";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import { clientFrame } from "../../support/dhcp/dhcp_packets.ts";
import { createVethPair, HERE, runIn } from "../../support/network/network_namespace.ts";
import { EXPERIMENTAL_ETHERTYPE } from "../../contract/packet_port/packet_port_cases.ts";
import { RawLink } from "../../support/network/raw_link.ts";

const WAIT_MS = 5000;
const network = createNetwork();

/** At this rate only the few frames of the bucket leave the interface. */
const SHAPED = ["root", "tbf", "rate", "8kbit", "burst", "1600"];

function frame(): Uint8Array {
  const bytes = clientFrame();
  bytes.set([EXPERIMENTAL_ETHERTYPE >> 8, EXPERIMENTAL_ETHERTYPE & 255], 12);
  return bytes;
}

function isExperimental(bytes: Uint8Array): boolean {
  return (bytes[12]! << 8 | bytes[13]!) === EXPERIMENTAL_ETHERTYPE;
}

const FULL_QUEUES = [
  { code: "ENOBUFS", what: "the queue of the interface", limit: ["limit", "3000"] },
  { code: "EAGAIN", what: "the memory of the socket", limit: ["limit", "10mb"] },
];

for (const { code, what, limit } of FULL_QUEUES) {
  Deno.test(`PacketPort.flush() skips frames with ${code} when ${what} is full`, async () => {
    await using pair = await createVethPair();
    using link = new RawLink(pair.peerName);
    const port = await network.openPacketPort(pair.name);
    try {
      await runIn(HERE, "tc", "qdisc", "add", "dev", pair.name, ...SHAPED, ...limit);
      const sent = 1000;
      for (let i = 0; i < sent; i++) port.send(frame());
      const [failure, ...others] = port.flush();
      assert.deepEqual(others, []);
      assert.equal(failure?.code, code);
      assert.ok(failure.frames > 0 && failure.frames < sent, `${failure.frames} frames failed`);
      // Drops the frames in the queue.
      await runIn(HERE, "tc", "qdisc", "del", "dev", pair.name, "root");
      while (link.poll(isExperimental) !== undefined);
      port.send(frame());
      assert.deepEqual(port.flush(), []);
      await link.receive(isExperimental);
    } finally {
      await port.close();
    }
  });
}

Deno.test("PacketPort.flush() skips frames with ENETDOWN while the interface is down", async () => {
  await using pair = await createVethPair();
  const port = await network.openPacketPort(pair.name);
  try {
    await runIn(HERE, "ip", "link", "set", pair.name, "down");
    for (let i = 0; i < 3; i++) port.send(frame());
    assert.deepEqual(port.flush(), [{ code: "ENETDOWN", frames: 3 }]);
    assert.deepEqual(port.flush(), [], "told once");
  } finally {
    await port.close();
  }
});

Deno.test("a packet port survives when its interface vanishes while it answers a frame", async () => {
  await using pair = await createVethPair();
  using link = new RawLink(pair.peerName);
  const port = await network.openPacketPort(pair.name);
  try {
    for (let i = 0; i < 3; i++) link.send(clientFrame());
    assert.equal(await port.wait(WAIT_MS), true);
    let drained = 0;
    port.drain(10, ({ bytes }) => {
      if (drained++ === 0) {
        const command = new Deno.Command("ip", { args: ["link", "delete", pair.name] });
        assert.equal(command.outputSync().success, true);
      }
      port.send(bytes);
    });
    assert.equal(drained, 3, "the ring outlives the interface");
    const failures = port.flush();
    assert.equal(failures.reduce((sum, { frames }) => sum + frames, 0), 3);
    assert.match(failures[0]?.code ?? "", /^(ENXIO|ENODEV|ENETDOWN)$/);
    await assert.rejects(port.wait(WAIT_MS), { name: "ErrnoError", code: "ENETDOWN" });
    assert.equal(port.drain(10, () => {}), 0);
    assert.deepEqual(port.takeLostFrames(), { overrun: 0, tooLong: 0 });
  } finally {
    await port.close();
  }
});
