/** Real clients through the life of a lease. */

import { SERVER_IP } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { LEASE_SECONDS, LIFE_BINDINGS, liveThrough } from "../../support/dhcp/lease_life.ts";
import { WIRE_CLIENT_GROUPS } from "../../support/dhcp/wire_client_programs.ts";
import { BRIDGE_MAC, tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";

for (const { names, needs } of WIRE_CLIENT_GROUPS) {
  await integrationTest({
    name: `${names.join(", ")}: first boot, reboot, renewal, rebinding, release`,
    needs: ["namespaces", ...names, ...needs],
    run: async () => {
      await using network = await WireNetwork.create();
      const table = tableOf(Object.fromEntries(Object.values(LIFE_BINDINGS)), {
        leaseSeconds: LEASE_SECONDS,
      });
      const server = {
        story: await network.serve(table),
        address: SERVER_IP,
        mac: BRIDGE_MAC,
      };
      const clients = await Promise.all(
        names.map((name) => network.machine(name, LIFE_BINDINGS[name][0])),
      );
      await Promise.all(clients.map((client) => liveThrough(client, server)));
    },
  });
}
