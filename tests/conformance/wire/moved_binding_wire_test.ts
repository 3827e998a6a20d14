/** A client whose address changes while it uses it. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import type { WireClient } from "../../support/dhcp/wire_client.ts";
import {
  WIRE_CLIENT_GROUPS,
  type WireClientName,
} from "../../support/dhcp/wire_client_programs.ts";
import type { WireServer } from "../../support/dhcp/wire_server.ts";
import { tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";

/** So long that a client which misses the refusal, and rebinds only later, is late. */
const LEASE_SECONDS = 20;

/** From the renewal that is refused to the new address. */
const MOVE_MS_MAX = 5000;

const MACS: Readonly<Record<WireClientName, string>> = {
  udhcpc: "52:54:00:48:11:01",
  dhclient: "52:54:00:48:11:02",
  dhcpcd: "52:54:00:48:11:03",
  "systemd-networkd": "52:54:00:48:11:04",
};

/** Addresses .11 to .14 before the change, .21 to .24 after it. */
function addressOf(name: WireClientName, tens: number): string {
  return `192.0.2.${tens}${MACS[name].slice(-1)}`;
}

function tableWith(tens: number) {
  const names = Object.keys(MACS) as WireClientName[];
  const bindings = names.map((name) => [MACS[name], addressOf(name, tens)]);
  return tableOf(Object.fromEntries(bindings), { leaseSeconds: LEASE_SECONDS });
}

async function assertMoves(client: WireClient, server: WireServer): Promise<void> {
  const { name } = client;
  client.renew();
  const renewal = await server.waitFor(MACS[name], "REQUEST renewing: nak");
  const heldAtMs = await client.holds(addressOf(name, 2));
  const tookMs = heldAtMs - renewal.atMs;
  assert.ok(tookMs < MOVE_MS_MAX, `${name} took ${Math.round(tookMs)} ms`);
}

for (const { names, needs } of WIRE_CLIENT_GROUPS) {
  await integrationTest({
    name: `${names.join(", ")}: another address within 5 s of the renewal after the binding ` +
      "changed",
    needs: ["namespaces", ...names, ...needs],
    run: async () => {
      await using network = await WireNetwork.create();
      const server = await network.serve(tableWith(1));
      const clients = await Promise.all(names.map(async (name) => {
        const client = await network.machine(name, MACS[name]);
        client.boot();
        await client.holds(addressOf(name, 1));
        return client;
      }));
      server.setTable(tableWith(2));
      await Promise.all(clients.map((client) => assertMoves(client, server)));
    },
  });
}
