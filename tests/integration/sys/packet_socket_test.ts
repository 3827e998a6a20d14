/** What only the kernel can do to a packet socket. Needs root. */

import assert from "node:assert/strict";
import { formatIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress } from "../../../lib/net/mac_address.ts";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import { clientFrame } from "../../support/dhcp/dhcp_packets.ts";
import {
  commandIn,
  createVethPair,
  HERE,
  NetworkNamespace,
  runIn,
} from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";

const WAIT_MS = 5000;
const MEBIBYTE = 1024 * 1024;
const network = createNetwork();

Deno.test("a datagram whose checksum the sending kernel left open is marked as such", async () => {
  await using place = await NetworkNamespace.create();
  await using pair = await createVethPair({ peerPlace: place });
  const port = await network.openPacketPort(pair.name);
  try {
    const mac = formatMacAddress(port.macAddress);
    const { peerName } = pair;
    await runIn(place, "ip", "address", "add", "192.0.2.10/24", "dev", peerName);
    await runIn(place, "ip", "neighbour", "add", "192.0.2.2", "lladdr", mac, "dev", peerName);
    await runIn(place, "bash", "-c", "printf renew > /dev/udp/192.0.2.2/67");
    assert.equal(await port.wait(WAIT_MS), true);
    const seen: unknown[] = [];
    port.drain(10, ({ bytes, checksumReady, packetType }) => {
      seen.push({ text: new TextDecoder().decode(bytes.subarray(42)), checksumReady, packetType });
    });
    assert.deepEqual(seen, [{ text: "renew", checksumReady: false, packetType: 0 }]);
  } finally {
    await port.close();
  }
});

Deno.test("a raw frame with a complete checksum is marked ready", async () => {
  await using pair = await createVethPair();
  using link = new RawLink(pair.peerName);
  const port = await network.openPacketPort(pair.name);
  try {
    link.send(clientFrame());
    assert.equal(await port.wait(WAIT_MS), true);
    port.drain(1, ({ checksumReady }) => assert.equal(checksumReady, true));
  } finally {
    await port.close();
  }
});

for (
  const [call, subject] of [
    ['openPacketPort("lo")', "socket (interface lo)"],
    ["requirePacketSockets()", "socket"],
  ]
) {
  Deno.test(`Network.${call} fails without CAP_NET_RAW, with EPERM and the cure`, async () => {
    const module = new URL("../../../lib/sys/host/network.ts", import.meta.url).href;
    const code = `import { createNetwork } from ${JSON.stringify(module)};
    try { await createNetwork().${call}; } catch (error) { console.log(error.message); }`;
    const dropped = ["--bounding-set=-net_raw", "--inh-caps=-net_raw"];
    const output = await runIn(HERE, "setpriv", ...dropped, Deno.execPath(), "eval", code);
    assert.equal(
      output.trim(),
      `${subject} failed: EPERM: ` +
        "run as root or give the process the capability CAP_NET_RAW",
    );
  });
}

Deno.test("20,000 frames in a row are all received, and memory does not grow", async () => {
  await using pair = await createVethPair();
  using link = new RawLink(pair.peerName);
  const port = await network.openPacketPort(pair.name);
  let received = 0;
  async function exchange(frames: number): Promise<void> {
    const frame = clientFrame();
    for (let sent = 0; sent < frames; sent += 100) {
      for (let i = 0; i < 100; i++) link.send(frame);
      while (received < sent + 100 && await port.wait(WAIT_MS)) port.drain(64, () => received++);
    }
  }
  try {
    await exchange(10_000);
    assert.equal(received, 10_000);
    received = 0;
    const beforeBytes = Deno.memoryUsage().rss;
    await exchange(10_000);
    assert.equal(received, 10_000);
    const grownBytes = Deno.memoryUsage().rss - beforeBytes;
    assert.ok(grownBytes < 8 * MEBIBYTE, `memory grew by ${grownBytes} octets`);
    assert.equal(port.takeLostFrames().overrun, 0);
  } finally {
    await port.close();
  }
});

Deno.test("PacketPort.takeLostFrames() counts each frame that did not fit into the ring once", async () => {
  await using pair = await createVethPair();
  using link = new RawLink(pair.peerName);
  const port = await network.openPacketPort(pair.name);
  try {
    const frame = clientFrame();
    const sent = 5000;
    for (let i = 0; i < sent; i++) link.send(frame);
    assert.equal(await port.wait(WAIT_MS), true);
    let received = 0;
    while (port.drain(1000, () => received++) > 0);
    const dropped = port.takeLostFrames().overrun;
    assert.ok(dropped > 0, `all of ${received} frames fitted`);
    assert.equal(received + dropped, sent);
    assert.equal(port.takeLostFrames().overrun, 0);
    link.send(frame);
    assert.equal(await port.wait(WAIT_MS), true);
    assert.equal(port.drain(10, () => {}), 1, "it does not go on after the ring was full");
  } finally {
    await port.close();
  }
});

Deno.test("a frame longer than a slot of the ring is skipped and counted", async () => {
  await using pair = await createVethPair();
  for (const name of [pair.name, pair.peerName]) {
    await runIn(HERE, "ip", "link", "set", name, "mtu", "9000");
  }
  using link = new RawLink(pair.peerName);
  const port = await network.openPacketPort(pair.name);
  try {
    const jumbo = new Uint8Array(9000);
    jumbo.set(clientFrame());
    link.send(jumbo);
    link.send(clientFrame());
    const lengths: number[] = [];
    while (lengths.length === 0 && await port.wait(WAIT_MS)) {
      port.drain(10, ({ bytes }) => lengths.push(bytes.length));
    }
    assert.deepEqual(lengths, [clientFrame().length]);
    assert.deepEqual(port.takeLostFrames(), { overrun: 0, tooLong: 1 });
  } finally {
    await port.close();
  }
});

Deno.test("Network.holdUdpPort() keeps the kernel from refusing datagrams to its address", async () => {
  await using place = await NetworkNamespace.create();
  await using pair = await createVethPair({ peerPlace: place });
  // From the benchmarking range (RFC 2544); the process number keeps parallel runs apart.
  const own = `198.18.${Deno.pid >> 8 & 255}.${Deno.pid & 255}`;
  const peer = own.replace("198.18", "198.19");
  await runIn(HERE, "ip", "address", "add", own, "peer", peer, "dev", pair.name);
  await runIn(place, "ip", "address", "add", peer, "peer", own, "dev", pair.peerName);
  // The first datagram makes the kernel complain, and the second send gets the complaint.
  const script = `exec 3> /dev/udp/${own}/67 && printf a >&3 && sleep 0.2 && printf b >&3`;
  const renew = () => commandIn(place, ["bash", "-c", script], { stderr: "null" }).output();
  assert.equal((await renew()).success, false, "nothing was refused without holding the port");
  const held = network.holdUdpPort(pair.name, 67);
  try {
    assert.equal((await renew()).success, true);
  } finally {
    held.close();
  }
});

Deno.test("Network.inspect() lists the kernel's addresses on that interface alone", async () => {
  await using pair = await createVethPair();
  const labelled = ["label", `${pair.name}:1`];
  await runIn(HERE, "ip", "address", "add", "192.0.2.2/32", "dev", pair.name);
  await runIn(HERE, "ip", "address", "add", "192.0.2.3/32", "dev", pair.name, ...labelled);
  await runIn(HERE, "ip", "address", "add", "192.0.2.4/32", "dev", pair.peerName);
  const found = network.inspect(pair.name);
  assert.deepEqual(found?.ipv4Addresses.map(formatIpv4Address).sort(), ["192.0.2.2", "192.0.2.3"]);
  assert.equal(found?.up, true);
});
