/** Packet sockets on interfaces of the kernel. Needs root. */

import { createNetwork } from "../../../lib/sys/host/network.ts";
import {
  createVethPair,
  deleteInterface,
  HERE,
  runIn,
} from "../../support/network/network_namespace.ts";
import {
  EXPERIMENTAL_ETHERTYPE,
  PACKET_PORT_CASES,
  type PacketPortWorld,
} from "../../contract/packet_port/packet_port_cases.ts";
import { REOPEN_CASES } from "../../contract/packet_port/reopen_cases.ts";
import { RawLink } from "../../support/network/raw_link.ts";

async function createKernelWorld(): Promise<PacketPortWorld> {
  const pair = await createVethPair();
  const link = new RawLink(pair.peerName);
  return {
    network: createNetwork(),
    interfaceName: pair.name,
    transmit: (frame) => link.send(frame),
    receive: () =>
      link.receive((frame) =>
        new DataView(frame.buffer, frame.byteOffset).getUint16(12) === EXPERIMENTAL_ETHERTYPE
      ),
    setUp: async (up) => void await runIn(HERE, "ip", "link", "set", pair.name, up ? "up" : "down"),
    remove: () => deleteInterface(HERE, pair.name),
    async [Symbol.asyncDispose]() {
      link[Symbol.dispose]();
      await pair[Symbol.asyncDispose]();
    },
  };
}

for (const { name, run } of [...PACKET_PORT_CASES, ...REOPEN_CASES]) {
  Deno.test(`kernel: ${name}`, async () => {
    await using world = await createKernelWorld();
    await run(world);
  });
}
