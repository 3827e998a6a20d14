/** An agent whose HTTP port is another's: clients of DHCP do not notice. */

import assert from "node:assert/strict";
import { formatMacAddress } from "../../../lib/net/mac_address.ts";
import { PoolApi } from "../../support/apiserver/pool_api.ts";
import { M1, SERVER_IP } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { DiscoverClient } from "../../support/network/many_interfaces.ts";
import { createVethPair } from "../../support/network/network_namespace.ts";
import { withCommand } from "../../support/process/cluster_command.ts";

const OFFER_MS_MAX = 500;

await integrationTest({
  name:
    "an agent answers clients while its HTTP port is taken, says so, and listens when it is free",
  needs: ["namespaces", "executable"],
  run: async () => {
    await using api = await PoolApi.start({
      name: "pool",
      ipv4Config: {
        serverIP: SERVER_IP,
        cidr: "192.0.2.0/24",
        pool: { start: "192.0.2.10", end: "192.0.2.99" },
      },
      bindings: [[formatMacAddress(M1), "192.0.2.10"]],
    });
    await using pair = await createVethPair();
    using client = new DiscoverClient({ peerName: pair.peerName, mac: M1 });
    using taken = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const http = `127.0.0.1:${(taken.addr as Deno.NetAddr).port}`;
    const { server, credentials } = api.api;
    await withCommand({
      args: [
        "agent",
        "--kubeconfig",
        "FOLDER/kubeconfig",
        "--ippool",
        api.pool,
        "--nic",
        pair.name,
      ],
      server: server.url,
      cluster: `certificate-authority-data: ${btoa(credentials.cert)}`,
      user: `token: ${credentials.token}`,
      http,
    }, async ({ log }) => {
      const explain = () => log.tail();
      await waitUntil(() => client.offerMs(OFFER_MS_MAX), { what: "an OFFER", explain });
      const line = await log.says("http listener cannot listen yet");
      assert.match(String(line["reason"]), /in use by another process; .*--http ADDR:PORT/);
      taken.close();
      await waitUntil(async () => {
        const response = await fetch(`http://${http}/readyz`).catch(() => undefined);
        await response?.body?.cancel();
        return response?.ok || undefined;
      }, { what: "the endpoints", limitMs: 60_000, explain });
    });
  },
});
