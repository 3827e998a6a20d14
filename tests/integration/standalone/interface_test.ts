import assert from "node:assert/strict";
import { DhcpClient, type VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import {
  createBridge,
  deleteInterface,
  HERE,
  runIn,
} from "../../support/network/network_namespace.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import type { StandaloneProcess } from "../../support/process/standalone_process.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

const MACS = ["52:54:00:48:04:01", "52:54:00:48:04:02"] as const;

/** Waits until `/readyz` fails with a reason. */
function unready(standalone: StandaloneProcess, want: RegExp): Promise<true> {
  let seen = "";
  return waitUntil(async () => {
    seen = await standalone.get("/readyz");
    return want.test(seen) || undefined;
  }, { what: `not being ready because ${want}`, explain: () => seen });
}

async function lease(network: VmNetwork, nic: VirtualNic): Promise<string> {
  await using client = await DhcpClient.start("udhcpc", nic, network.folder);
  return await client.bound();
}

/** Harm to the interface, and its repair. */
const EVENTS = [
  {
    name: "is set down and up again",
    want: /is down/,
    harm: (bridge: string) => runIn(HERE, "ip", "link", "set", bridge, "down"),
    mend: async (bridge: string) => void await runIn(HERE, "ip", "link", "set", bridge, "up"),
  },
  {
    name: "is deleted and made again",
    want: /does not exist/,
    harm: (bridge: string) => deleteInterface(HERE, bridge),
    mend: async (bridge: string) => void await createBridge(HERE, bridge),
  },
] as const;

for (const { name, want, harm, mend } of EVENTS) {
  await integrationTest({
    name: `standalone goes on serving when its interface ${name}`,
    needs: ["namespaces", "udhcpc"],
    run: async () => {
      await using network = await VmNetwork.create();
      const standalone = await network.standalone();
      using api = await standalone.api();
      await api.create("ippools", ippoolSample());
      const addresses: string[] = [];
      for (const [index, mac] of MACS.entries()) {
        addresses.push(await addVm(api, `vm-${index}`, mac));
      }
      assert.equal(await lease(network, await network.plugIn(MACS[0])), addresses[0]);
      await harm(network.bridge.name);
      await unready(standalone, want);
      await mend(network.bridge.name);
      await standalone.ready();
      assert.equal(await lease(network, await network.plugIn(MACS[1])), addresses[1]);
    },
  });
}
