/** Programs that operators use to see whether a DHCP server is there, and how fast it is. */

import assert from "node:assert/strict";
import { VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { parseCidr } from "../../../lib/net/cidr.ts";
import { ip } from "../../support/dhcp/dhcp_packets.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { commandIn, type NetworkPlace, runIn } from "../../support/network/network_namespace.ts";
import { tableOf, WireNetwork } from "../../support/dhcp/wire_network.ts";

/** What a command prints, whether it succeeds or not. */
async function outputOf(place: NetworkPlace, ...command: readonly string[]): Promise<string> {
  const options = { stdout: "piped", stderr: "piped" } as const;
  const { stdout, stderr } = await commandIn(place, command, options).output();
  const text = new TextDecoder();
  return text.decode(stdout) + text.decode(stderr);
}

const BOUND_MAC = "52:54:00:48:14:01";
const UNBOUND_MAC = "52:54:00:48:14:02";

await integrationTest({
  name: "nmap's broadcast-dhcp-discover is offered the address of the MAC that it shows, if any",
  needs: ["namespaces", "nmap"],
  run: async () => {
    await using network = await WireNetwork.create();
    const server = await network.serve(tableOf({ [BOUND_MAC]: "192.0.2.10" }));
    const { place, interfaceName } = network.use(
      await VirtualNic.create(network.bridge, UNBOUND_MAC),
    );
    await runIn(place, "ip", "address", "add", "192.0.2.200/24", "dev", interfaceName);
    const [bound, unbound] = await Promise.all([BOUND_MAC, UNBOUND_MAC].map((mac) => {
      const script = "broadcast-dhcp-discover";
      const args = `${script}.timeout=1,${script}.mac=${mac}`;
      const words = ["-n", "-e", interfaceName, "--script", script, "--script-args", args];
      return runIn(place, "nmap", ...words);
    }));
    assert.match(bound!, /IP Offered: 192\.0\.2\.10\n.*\n.*Server Identifier: 192\.0\.2\.2\n/s);
    assert.doesNotMatch(unbound!, /Offered/);
    assert.deepEqual(server.story(BOUND_MAC), ["DISCOVER: offer"]);
    assert.deepEqual(server.story(UNBOUND_MAC), ["DISCOVER: unknownMac"]);
  },
});

await integrationTest({
  name:
    "dhcping, which asks for an address as after a reboot and releases it, has an answer for a bound MAC only",
  needs: ["namespaces", "dhcping"],
  run: async () => {
    await using network = await WireNetwork.create();
    const server = await network.serve(tableOf({ [BOUND_MAC]: "192.0.2.10" }));
    const nic = network.use(await VirtualNic.create(network.bridge, BOUND_MAC));
    const { place, interfaceName } = nic;
    await runIn(place, "ip", "address", "add", "192.0.2.10/24", "dev", interfaceName);
    function ping(mac: string, address: string): Promise<string> {
      const command = ["dhcping", "-t", "1", "-s", "192.0.2.2", "-c", address, "-h", mac];
      return outputOf(place, ...command);
    }
    assert.match(await ping(BOUND_MAC, "192.0.2.10"), /Got answer from: 192\.0\.2\.2/);
    assert.match(await ping(UNBOUND_MAC, "192.0.2.99"), /no answer/);
    assert.deepEqual(server.story(BOUND_MAC), ["REQUEST initReboot: ack", "RELEASE: released"]);
    assert.deepEqual(server.story(UNBOUND_MAC), ["REQUEST initReboot: unknownMac"]);
  },
});

const CLIENTS = 1000;
const RATE_PER_SECOND = 1000;
const SECONDS = 3;

/** MACs from 52:54:00:a0:00:00 on, addresses from 192.0.16.0 on. */
function manyBindings(): readonly (readonly [mac: string, address: string])[] {
  return Array.from({ length: CLIENTS }, (_, index) => {
    const [high, low] = [index >> 8, index & 255];
    const octets = [high, low].map((octet) => octet.toString(16).padStart(2, "0"));
    return [`52:54:00:a0:${octets.join(":")}`, `192.0.${16 + high}.${low}`] as const;
  });
}

await integrationTest({
  name: `perfdhcp gets a lease ${RATE_PER_SECOND} times a second without a drop`,
  needs: ["namespaces", "real root", "perfdhcp"],
  run: async () => {
    await using network = await WireNetwork.create();
    const bindings = manyBindings();
    // It says that it is a relay agent.
    const parameters = { cidr: parseCidr("192.0.0.0/19")!, relays: [ip("192.0.2.7")] };
    await network.serve(tableOf(Object.fromEntries(bindings), parameters));
    const nic = network.use(await VirtualNic.create(network.bridge, UNBOUND_MAC));
    const { place, interfaceName } = nic;
    await runIn(place, "ip", "address", "add", "192.0.2.7/19", "dev", interfaceName);
    const macs = `${network.folder}/macs`;
    await Deno.writeTextFile(macs, bindings.map(([mac]) => `${mac}\n`).join(""));
    const report = await outputOf(
      place,
      ...["perfdhcp", "-4", "-l", interfaceName, "-M", macs, "-R", String(CLIENTS)],
      ...["-r", String(RATE_PER_SECOND), "-p", String(SECONDS), "-d", "1"],
      // At the end it waits so many microseconds for what is on its way.
      ...["-W", "500000", "192.0.2.2"],
    );
    const drops = [...report.matchAll(/^drops: (\d+)$/gm)].map(([, count]) => Number(count));
    assert.deepEqual(drops, [0, 0], report);
    // Of the OFFERs, then of the ACKs. On a busy host it sends fewer requests than it is told to.
    const received = [...report.matchAll(/^received packets: (\d+)$/gm)].map(([, it]) =>
      Number(it)
    );
    assert.ok(received[1]! >= 0.5 * RATE_PER_SECOND * SECONDS, report);
  },
});
