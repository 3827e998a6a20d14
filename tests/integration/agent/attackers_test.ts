/** Real clients beside a host that forges messages in their names. */

import assert from "node:assert/strict";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { WireClient } from "../../support/dhcp/wire_client.ts";
import { WIRE_CLIENTS, type WireClientName } from "../../support/dhcp/wire_client_programs.ts";
import { WireNetwork } from "../../support/dhcp/wire_network.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { addVm } from "../../support/network/vm_network.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { type Victim, WireAttacker } from "./wire_attacker.ts";

/** The shortest that leaves each client time to rebind when its renewals go to another host. */
const LEASE_SECONDS = 24;

/** Until all clients have their address and have renewed it. */
const RENEWALS = 3;
const LIMIT_MS = RENEWALS * LEASE_SECONDS * 2000;

const SERVER_IP = "192.168.48.77";
const NAMES = Object.keys(WIRE_CLIENTS) as WireClientName[];

interface Machine extends Victim {
  readonly name: WireClientName;
  readonly client: WireClient;
}

/** REQUESTs of the machine itself that were acknowledged: the forged ones name other addresses. */
function acksOf({ log }: StandaloneProcess, { mac }: Victim, ...states: string[]): number {
  return log.entries("packet").filter((entry) =>
    entry["mac"] === mac && entry["outcome"] === "ack" && states.includes(`${entry["state"]}`)
  ).length;
}

/** Waits for the renewals of all machines. @throws {Error} when one is without its address. */
async function renewAll(standalone: StandaloneProcess, machines: readonly Machine[]) {
  const renewals = () =>
    machines.map((machine) => acksOf(standalone, machine, "renewing", "rebinding"));
  await waitUntil(async () => {
    const held = await Promise.all(machines.map(({ client }) => client.address()));
    assert.deepEqual(held, machines.map(({ address }) => address), "nobody loses its lease");
    return renewals().every((count) => count >= RENEWALS) || undefined;
  }, {
    what: `${RENEWALS} renewals of each client`,
    limitMs: LIMIT_MS,
    explain: () => `${NAMES.join()} renewed ${renewals().join()} times`,
  });
}

function packetsWith(metrics: string, outcome: string): number {
  return metrics.split("\n")
    .filter((line) => line.startsWith("vmdhcpagent_packets_total{"))
    .filter((line) => line.includes(`outcome="${outcome}"`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(" "))), 0);
}

await integrationTest({
  name:
    "no client loses its lease while a host floods, declines, releases, refuses and claims for it",
  needs: ["namespaces", "real root", "executable", ...NAMES],
  run: async () => {
    await using cleanUp = new AsyncDisposableStack();
    const network = cleanUp.use(await WireNetwork.create());
    const { bridge, folder } = network;
    const standalone = cleanUp.use(
      await StandaloneProcess.start({
        form: "executable",
        dataDir: `${folder}/data`,
        nics: [`default/net-48=${bridge.name}`],
      }),
    );
    const api = cleanUp.use(await standalone.api());
    const ipv4Config = { leaseTime: LEASE_SECONDS, ntp: [] };
    await api.create("ippools", ippoolSample({ ipv4Config }));
    const machines = await Promise.all(NAMES.map(async (name, i): Promise<Machine> => {
      const mac = `52:54:00:48:66:0${i}`;
      const client = await network.machine(name, mac);
      return { name, mac, client, address: await addVm(api, name.replace(".", "-"), mac) };
    }));

    const attacker = cleanUp.use(
      await WireAttacker.start(bridge, { victims: machines, serverIp: SERVER_IP }),
    );
    await waitUntil(() => (attacker.sent.get("decline") ?? 0) > machines.length || undefined, {
      what: "the attack",
    });
    await Promise.all(machines.map(async ({ client, address }) => {
      client.boot();
      await client.holds(address);
    }));
    await renewAll(standalone, machines);

    const metrics = await standalone.get("/metrics");
    assert.equal(packetsWith(metrics, "nak"), 0);
    assert.ok(packetsWith(metrics, "declined") > machines.length);
    assert.ok(packetsWith(metrics, "nakWithheld") > machines.length);
    for (const what of ["flood", "race", "decline", "release", "inform", "request", "claim"]) {
      assert.ok(attacker.sent.get(what)! > machines.length, `${what} was tried`);
    }
  },
});
