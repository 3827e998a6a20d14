/** The life of a lease with each real client: boot, reboot, renewal, rebinding, release. */

import assert from "node:assert/strict";
import { waitUntil } from "../harness/wait_until.ts";
import type { VirtualNic } from "./dhcp_client.ts";
import { runIn } from "../network/network_namespace.ts";
import type { PacketStory } from "./packet_story.ts";
import type { WireClient } from "./wire_client.ts";
import type { WireClientName } from "./wire_client_programs.ts";

/** Renewals begin after half of it; no client accepts one that is much shorter. */
export const LEASE_SECONDS = 12;

/** The longest wait for a client to rebind: udhcpc accepts no lease below 16 seconds. */
const REBIND_MS_MAX = 25_000;

/** The binding that the server needs for each client. */
export const LIFE_BINDINGS: Readonly<
  Record<WireClientName, readonly [mac: string, address: string]>
> = {
  udhcpc: ["52:54:00:48:10:01", "192.0.2.11"],
  dhclient: ["52:54:00:48:10:02", "192.0.2.12"],
  dhcpcd: ["52:54:00:48:10:03", "192.0.2.13"],
  "systemd-networkd": ["52:54:00:48:10:04", "192.0.2.14"],
};

/** The messages of a client that boots again; some clients forget their address. */
const REBOOTS: Readonly<Record<WireClientName, readonly string[]>> = {
  udhcpc: ["DISCOVER: offer", "REQUEST selecting: ack"],
  dhclient: ["REQUEST initReboot: ack"],
  dhcpcd: ["REQUEST initReboot: ack"],
  "systemd-networkd": ["DISCOVER: offer", "REQUEST selecting: ack"],
};

const BOUND = ["DISCOVER: offer", "REQUEST selecting: ack"];

/** A server that serves the clients. */
export interface LifeServer {
  readonly story: PacketStory;
  readonly address: string;
  readonly mac: string;
}

/**
 * Leads a client through its life, and compares the messages at the server with the expected ones.
 *
 * @throws {Error} when the client does not get, keep or give back its address.
 */
export async function liveThrough(client: WireClient, server: LifeServer): Promise<void> {
  const { name, nic } = client;
  const { story } = server;
  const [mac, address] = LIFE_BINDINGS[name];

  client.boot();
  await client.holds(address);
  await untilTold(story, mac, { expected: BOUND, what: `${name} boots` });

  await client.reboot();
  await client.holds(address);
  const booted = [...BOUND, ...REBOOTS[name]];
  await untilTold(story, mac, { expected: booted, what: `${name} reboots` });

  client.renew();
  const renewal = await story.waitFor(mac, "REQUEST renewing: ack");
  assert.deepEqual(story.story(mac), [...booted, "REQUEST renewing: ack"], `${name} renews`);

  // The server has another MAC address now, as after a move to another node, but the client has
  // not noticed: what it sends by unicast is lost.
  await knowServerBy(nic, server.address, "02:00:00:00:de:ad");
  const rebinding = await story.waitFor(mac, "REQUEST rebinding: ack", REBIND_MS_MAX);
  assert.ok(rebinding.atMs > renewal.atMs, name);
  assert.equal(await client.address(), address, `${name} keeps its address`);

  // Set by hand: the address is gone before an ARP reply could come, and the RELEASE with it.
  await knowServerBy(nic, server.address, server.mac);
  await client.release();
  await story.waitFor(mac, "RELEASE: released");
}

/** A client may have its address before the server's log is read. */
async function untilTold(
  story: PacketStory,
  mac: string,
  { expected, what }: { readonly expected: readonly string[]; readonly what: string },
): Promise<void> {
  await waitUntil(() => story.story(mac).length >= expected.length || undefined, {
    what,
    explain: () => story.story(mac).join("\n"),
  });
  assert.deepEqual(story.story(mac), expected, what);
}

/** Sets the server's MAC address in the neighbour table of the machine. */
async function knowServerBy(nic: VirtualNic, address: string, mac: string): Promise<void> {
  const neighbour = [address, "lladdr", mac, "dev", nic.interfaceName, "nud", "permanent"];
  await runIn(nic.place, "ip", "neighbour", "replace", ...neighbour);
}
