/** Real clients through the life of a lease. */

import assert from "node:assert/strict";
import type { VirtualNic } from "../../support/dhcp_client.ts";
import { integrationTest } from "../../support/integration_test.ts";
import { runIn } from "../../support/network_namespace.ts";
import type { WireClient } from "../../support/wire_client.ts";
import { WIRE_CLIENT_GROUPS, type WireClientName } from "../../support/wire_client_programs.ts";
import type { WireServer } from "../../support/wire_server.ts";
import { BRIDGE_MAC, tableOf, WireNetwork } from "./network.ts";

/** Renewals begin after half of it; none of the clients lets it be much shorter. */
const LEASE_SECONDS = 12;

/** Longest until a client rebinds: udhcpc lets no lease be shorter than 16 seconds. */
const REBIND_MS_MAX = 25_000;

const BINDINGS: Readonly<Record<WireClientName, readonly [mac: string, address: string]>> = {
  udhcpc: ["52:54:00:48:10:01", "192.0.2.11"],
  dhclient: ["52:54:00:48:10:02", "192.0.2.12"],
  dhcpcd: ["52:54:00:48:10:03", "192.0.2.13"],
  "systemd-networkd": ["52:54:00:48:10:04", "192.0.2.14"],
};

/** What the server hears from a client that boots again: some forget their address. */
const REBOOTS: Readonly<Record<WireClientName, readonly string[]>> = {
  udhcpc: ["DISCOVER: offer", "REQUEST selecting: ack"],
  dhclient: ["REQUEST initReboot: ack"],
  dhcpcd: ["REQUEST initReboot: ack"],
  "systemd-networkd": ["DISCOVER: offer", "REQUEST selecting: ack"],
};

const BOUND = ["DISCOVER: offer", "REQUEST selecting: ack"];

async function liveThrough(client: WireClient, server: WireServer): Promise<void> {
  const { name, nic } = client;
  const [mac, address] = BINDINGS[name];

  client.boot();
  await client.holds(address);
  assert.deepEqual(server.story(mac), BOUND, `${name} boots`);

  await client.reboot();
  await client.holds(address);
  const booted = [...BOUND, ...REBOOTS[name]];
  assert.deepEqual(server.story(mac), booted, `${name} reboots`);

  client.renew();
  const renewal = await server.waitFor(mac, "REQUEST renewing: ack");
  assert.deepEqual(server.story(mac), [...booted, "REQUEST renewing: ack"], `${name} renews`);

  // The server has another MAC address now, as after a move to another node, but the client has
  // not noticed: what it sends to the server alone gets lost.
  await knowServerBy(nic, "02:00:00:00:de:ad");
  const rebinding = await server.waitFor(mac, "REQUEST rebinding: ack", REBIND_MS_MAX);
  assert.ok(rebinding.atMs > renewal.atMs, name);
  assert.equal(await client.address(), address, `${name} keeps its address`);

  // Known, for the address is gone before an answer to ARP could come, and a RELEASE with it.
  await knowServerBy(nic, BRIDGE_MAC);
  await client.release();
  await server.waitFor(mac, "RELEASE: released");
}

/** Says which MAC address the machine takes the server to have. */
async function knowServerBy({ place, interfaceName }: VirtualNic, mac: string): Promise<void> {
  const neighbour = ["192.0.2.2", "lladdr", mac, "dev", interfaceName, "nud", "permanent"];
  await runIn(place, "ip", "neighbour", "replace", ...neighbour);
}

for (const { names, needs } of WIRE_CLIENT_GROUPS) {
  await integrationTest({
    name: `${names.join(", ")}: first boot, reboot, renewal, rebinding, release`,
    needs: ["namespaces", ...names, ...needs],
    run: async () => {
      await using network = await WireNetwork.create();
      const table = tableOf(Object.fromEntries(Object.values(BINDINGS)), {
        leaseSeconds: LEASE_SECONDS,
      });
      const server = await network.serve(table);
      const clients = await Promise.all(
        names.map((name) => network.machine(name, BINDINGS[name][0])),
      );
      await Promise.all(clients.map((client) => liveThrough(client, server)));
    },
  });
}
