/** What administrators write into objects, as clients see it. */

import assert from "node:assert/strict";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { WireNetwork } from "../../support/dhcp/wire_network.ts";

async function standaloneOn(network: WireNetwork) {
  const nics = [`default/net-48=${network.bridge.name}`];
  const dataDir = `${network.folder}/data`;
  const standalone = network.use(await StandaloneProcess.start({ dataDir, nics }));
  const api = await standalone.api();
  await api.create("ippools", ippoolSample({ ipv4Config: { ntp: [] } }));
  return { standalone, api };
}

await integrationTest({
  name: "a MAC address in upper case and with dashes is the client's",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { api } = await standaloneOn(network);
    using _api = api;
    const address = await addVm(api, "vm-1", "52-54-00-48-16-AB");
    const client = await network.machine("udhcpc", "52:54:00:48:16:ab");
    client.boot();
    await client.holds(address);
  },
});

await integrationTest({
  name: "a paused pool is silent until it goes on",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await WireNetwork.create();
    const { api, standalone } = await standaloneOn(network);
    using _api = api;
    const mac = "52:54:00:48:16:01";
    const address = await addVm(api, "vm-1", mac);
    await api.patch("ippools", "ippool-1", { spec: { paused: true } });
    await waitUntil(
      () =>
        standalone.log.entries("pool status").some(({ reason }) => reason === "Paused") ||
        undefined,
      { what: "the agent to know", explain: () => standalone.log.tail() },
    );
    const client = await network.machine("udhcpc", mac);
    client.boot();
    const packets = () =>
      standalone.log.entries("packet").map(({ type, outcome }) => `${type}: ${outcome}`);
    await waitUntil(() => packets().length >= 3 || undefined, {
      what: "three DISCOVERs",
      explain: () => standalone.log.tail(),
    });
    assert.deepEqual(new Set(packets()), new Set(["DISCOVER: paused"]));
    assert.equal(await client.address(), undefined);

    await api.patch("ippools", "ippool-1", { spec: { paused: false } });
    await client.holds(address);
  },
});
