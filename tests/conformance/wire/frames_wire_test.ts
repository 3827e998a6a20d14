/** Frames as kernels make them: broadcast replies, partial checksums, VLAN tags. */

import assert from "node:assert/strict";
import { decodeUdpFrame } from "../../../lib/net/frame.ts";
import { formatMacAddress } from "../../../lib/net/mac_address.ts";
import {
  clientFrame,
  clientPayload,
  leaseTable,
  M1,
  M2,
  REQUEST,
  SERVER_IP,
} from "../../support/dhcp/dhcp_packets.ts";
import { readReply } from "../../support/dhcp/dhcp_replies.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import {
  createVethPair,
  NetworkNamespace,
  runIn,
} from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { WireServer } from "../../support/dhcp/wire_server.ts";
import { EVERYBODY } from "../network.ts";
import { isUdpTo, tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";

await integrationTest({
  name: "udhcpc -B, which cannot take unicast before it has an address, gets its lease",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const mac = "52:54:00:48:12:01";
    const server = await network.serve(tableOf({ [mac]: "192.0.2.10" }));
    const client = await network.machine("udhcpc", mac);
    // Somebody else on the bridge gets only what everybody gets.
    await using bystander = await createVethPair();
    await network.bridge.attach(bystander.name);
    using link = new RawLink(bystander.peerName);
    client.boot("-B");
    const replies = [await link.receive(isUdpTo(68)), await link.receive(isUdpTo(68))].map(
      (frame) => {
        const { destination, ethernetDestination, yiaddr } = readReply(frame);
        return `${yiaddr} to ${destination} at ${ethernetDestination}`;
      },
    );
    assert.deepEqual(replies, Array(2).fill(`192.0.2.10 to ${EVERYBODY}`));
    await client.holds("192.0.2.10");
    assert.deepEqual(server.story(mac), ["DISCOVER: offer", "REQUEST selecting: ack"]);
  },
});

await integrationTest({
  name: "a renewal is answered whose kernel left the UDP checksum to hardware that is not there",
  needs: ["namespaces"],
  run: async () => {
    await using place = await NetworkNamespace.create();
    await using pair = await createVethPair({ peerPlace: place, peerName: "eth0" });
    await runIn(place, "ip", "link", "set", "eth0", "address", formatMacAddress(M1));
    await runIn(place, "ip", "address", "add", "192.0.2.10/24", "dev", "eth0");
    await using server = await WireServer.start(pair.name, leaseTable());
    using link = new RawLink(pair.name);
    const file = await Deno.makeTempFile();
    try {
      await Deno.writeFile(file, clientPayload({ type: REQUEST, ciaddr: "192.0.2.10" }));
      await runIn(place, "bash", "-c", `cat ${file} > /dev/udp/${SERVER_IP}/67`);
    } finally {
      await Deno.remove(file);
    }
    const frame = await link.receive(isUdpTo(67));
    assert.deepEqual(decodeUdpFrame(frame, true), { ok: false, reason: "badUdpChecksum" });
    await server.waitFor(formatMacAddress(M1), "REQUEST renewing: ack");
  },
});

/** The frame with a tag in front of its EtherType (IEEE 802.1Q). */
function tagged(frame: Uint8Array, vlan: number): Uint8Array {
  return Uint8Array.from([...frame.slice(0, 12), 0x81, 0x00, 0, vlan, ...frame.slice(12)]);
}

/** The clients of all OFFERs up to the one for M2, whose DISCOVER is the last. */
async function offeredTo(link: RawLink, frame: Uint8Array): Promise<string[]> {
  const offered: string[] = [];
  link.send(frame);
  link.send(clientFrame({ mac: M2 }));
  while (offered.at(-1) !== "192.0.2.11") {
    offered.push(readReply(await link.receive(isUdpTo(68))).yiaddr);
  }
  return offered;
}

await integrationTest({
  name: "a DISCOVER of a VLAN gets silence from the server of the interface below it",
  needs: ["namespaces"],
  run: async () => {
    await using pair = await createVethPair();
    await using _server = await WireServer.start(pair.name, leaseTable());
    using link = new RawLink(pair.peerName);
    assert.deepEqual(await offeredTo(link, tagged(clientFrame(), 5)), ["192.0.2.11"]);
    const both = ["192.0.2.10", "192.0.2.11"];
    assert.deepEqual(await offeredTo(link, tagged(clientFrame(), 0)), both, "a priority, no VLAN");
  },
});
