/** A real relay agent between client and server. */

import assert from "node:assert/strict";
import type { PoolParameters } from "../../../lib/dhcpv4/pool.ts";
import { ip, SERVER_IP } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { WireRouter } from "./wire_router.ts";
import { WireServer } from "../../support/dhcp/wire_server.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { RELAY_IP } from "../network.ts";
import { tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";

const MAC = "52:54:00:48:13:01";

/** A client's segment, and a server behind a router that relays. */
async function relayTo(network: WireNetwork, parameters: Partial<PoolParameters>) {
  const { bridge } = network;
  const router = network.use(
    await WireRouter.create({ bridge, address: RELAY_IP, serverAddress: SERVER_IP }),
  );
  const table = tableOf({ [MAC]: "192.0.2.10" }, parameters);
  const server = network.use(await WireServer.start(router.serverInterface, table));
  await router.startRelay();
  const client = await network.machine("udhcpc", MAC);
  client.boot();
  return { router, server, client };
}

await integrationTest({
  name: "behind dhcrelay a client gets its lease, and renews it with the server itself",
  needs: ["namespaces", "udhcpc", "dhcrelay"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { router, server, client } = await relayTo(network, { relays: [ip(RELAY_IP)] });
    await client.holds("192.0.2.10");
    assert.deepEqual(server.story(MAC), ["DISCOVER: offer", "REQUEST selecting: ack"]);

    await router.stopRelay();
    client.renew();
    await server.waitFor(MAC, "REQUEST renewing: ack");
    // udhcpc sends by a connected socket that it closes at once. An ACK that comes sooner is lost,
    // and then it asks everybody, for which it needs the relay agent.
    await router.startRelay();
    await client.renewed();
    assert.equal(await client.address(), "192.0.2.10");
  },
});

await integrationTest({
  name: "behind a dhcrelay that the pool does not list a client gets silence",
  needs: ["namespaces", "udhcpc", "dhcrelay"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { server, client } = await relayTo(network, {});
    await waitUntil(() => server.packets(MAC).length >= 3 || undefined, {
      what: "three DISCOVERs",
      explain: () => server.story(MAC).join("\n"),
    });
    assert.deepEqual(server.story(MAC), ["DISCOVER: relayed"]);
    assert.equal(await client.address(), undefined);
  },
});
