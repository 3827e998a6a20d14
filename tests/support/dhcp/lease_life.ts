/** The life of a lease, as each real client lives it: boot, reboot, renewal, rebinding, release. */

import assert from "node:assert/strict";
import type { VirtualNic } from "./dhcp_client.ts";
import { runIn } from "../network/network_namespace.ts";
import type { PacketStory } from "./packet_story.ts";
import type { WireClient } from "./wire_client.ts";
import type { WireClientName } from "./wire_client_programs.ts";

/** Renewals begin after half of it; none of the clients lets it be much shorter. */
export const LEASE_SECONDS = 12;

/** Longest until a client rebinds: udhcpc lets no lease be shorter than 16 seconds. */
const REBIND_MS_MAX = 25_000;

/** What the server has to have for each client. */
export const LIFE_BINDINGS: Readonly<
  Record<WireClientName, readonly [mac: string, address: string]>
> = {
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

/** A server that clients live with. */
export interface LifeServer {
  readonly story: PacketStory;
  readonly address: string;
  readonly mac: string;
}

/**
 * Leads a client through its life, and compares what the server hears with what it should hear.
 *
 * @throws {Error} when the client does not get, keep or give back its address.
 */
export async function liveThrough(client: WireClient, server: LifeServer): Promise<void> {
  const { name, nic } = client;
  const { story } = server;
  const [mac, address] = LIFE_BINDINGS[name];

  client.boot();
  await client.holds(address);
  assert.deepEqual(story.story(mac), BOUND, `${name} boots`);

  await client.reboot();
  await client.holds(address);
  const booted = [...BOUND, ...REBOOTS[name]];
  assert.deepEqual(story.story(mac), booted, `${name} reboots`);

  client.renew();
  const renewal = await story.waitFor(mac, "REQUEST renewing: ack");
  assert.deepEqual(story.story(mac), [...booted, "REQUEST renewing: ack"], `${name} renews`);

  // The server has another MAC address now, as after a move to another node, but the client has
  // not noticed: what it sends to the server alone gets lost.
  await knowServerBy(nic, server.address, "02:00:00:00:de:ad");
  const rebinding = await story.waitFor(mac, "REQUEST rebinding: ack", REBIND_MS_MAX);
  assert.ok(rebinding.atMs > renewal.atMs, name);
  assert.equal(await client.address(), address, `${name} keeps its address`);

  // Known, for the address is gone before an answer to ARP could come, and a RELEASE with it.
  await knowServerBy(nic, server.address, server.mac);
  await client.release();
  await story.waitFor(mac, "RELEASE: released");
}

/** Says which MAC address the machine takes the server to have. */
async function knowServerBy(nic: VirtualNic, address: string, mac: string): Promise<void> {
  const neighbour = [address, "lladdr", mac, "dev", nic.interfaceName, "nud", "permanent"];
  await runIn(nic.place, "ip", "neighbour", "replace", ...neighbour);
}
