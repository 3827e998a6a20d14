/** The fake network passes the cases that the kernel passes in tests/integration/sys. */

import { FakeNetwork } from "../../support/network/fake_network.ts";
import {
  EXPERIMENTAL_ETHERTYPE,
  PACKET_PORT_CASES,
  type PacketPortWorld,
} from "./packet_port_cases.ts";
import { REOPEN_CASES } from "./reopen_cases.ts";

function createFakeWorld(): PacketPortWorld {
  const network = new FakeNetwork();
  const fake = network.add("eth1");
  return {
    network,
    interfaceName: fake.name,
    transmit: (frame) => fake.receive(frame),
    receive: () => {
      const at = fake.sent.findIndex((frame) =>
        new DataView(frame.buffer).getUint16(12) === EXPERIMENTAL_ETHERTYPE
      );
      const [found] = at < 0 ? [] : fake.sent.splice(at, 1);
      return found ? Promise.resolve(found) : Promise.reject(new Error("nothing was sent"));
    },
    setUp: (up) => Promise.resolve(void (fake.up = up)),
    remove: () => Promise.resolve(network.remove(fake.name)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

for (const { name, run } of [...PACKET_PORT_CASES, ...REOPEN_CASES]) {
  Deno.test(`fake: ${name}`, async () => {
    await using world = createFakeWorld();
    await run(world);
  });
}
