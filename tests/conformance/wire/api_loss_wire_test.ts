/** Agents without their API server. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { createBridge, createVethPair, HERE } from "../../support/network/network_namespace.ts";
import { RawLink } from "../../support/network/raw_link.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm } from "../../support/network/vm_network.ts";
import { AgentProcess } from "./wire_agent_process.ts";
import { isUdpTo, WireNetwork } from "../../support/dhcp/wire_network.ts";

const MAC = "52:54:00:48:15:01";

/** Waits for so many broadcasts to the server. */
async function discovers(network: WireNetwork, count: number): Promise<void> {
  await using bystander = await createVethPair();
  await network.bridge.attach(bystander.name);
  using link = new RawLink(bystander.peerName);
  for (let seen = 0; seen < count; seen++) await link.receive(isUdpTo(67));
}

/** An interface for an agent on the network's bridge. */
async function agentInterface(network: WireNetwork): Promise<string> {
  const pair = network.use(await createVethPair());
  await network.bridge.attach(pair.name);
  return pair.peerName;
}

/** An API server whose pool has an address for the machine, and no agent on its bridge. */
async function apiServer(network: WireNetwork) {
  const elsewhere = network.use(await createBridge(HERE));
  const dataDir = `${network.folder}/data`;
  const start = async () =>
    network.use(
      await StandaloneProcess.start({ dataDir, nics: [`default/net-48=${elsewhere.name}`] }),
    );
  const standalone = await start();
  using api = await standalone.api();
  await api.create("ippools", ippoolSample({ ipv4Config: { ntp: [] } }));
  return { standalone, address: await addVm(api, "vm-1", MAC), start };
}

async function kill(standalone: StandaloneProcess): Promise<void> {
  standalone.signal("SIGKILL");
  await standalone.ended();
}

await integrationTest({
  name: "two agents that have not seen their pool are silent, and answer once they have",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { standalone, address, start } = await apiServer(network);
    await kill(standalone);
    const agents = await Promise.all([0, 1].map(async () =>
      network.use(
        await AgentProcess.start(standalone.kubeconfigPath, await agentInterface(network)),
      )
    ));
    const client = await network.machine("udhcpc", MAC);
    client.boot();
    await discovers(network, 3);
    assert.equal(await client.address(), undefined);
    assert.deepEqual(agents.map((agent) => agent.outcomes()), [[], []]);

    await start();
    await client.holds(address);
    assert.ok(agents.every((agent) => agent.isRunning()), "no agent was started again");
  },
});

await integrationTest({
  name: "an agent that has lost its API server goes on to renew leases",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { standalone, address } = await apiServer(network);
    const nic = await agentInterface(network);
    network.use(await AgentProcess.start(standalone.kubeconfigPath, nic));
    const client = await network.machine("udhcpc", MAC);
    client.boot();
    await client.holds(address);
    await kill(standalone);
    client.renew();
    await client.renewed();
  },
});
