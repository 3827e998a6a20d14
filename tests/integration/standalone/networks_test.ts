/** VM networks that come and go while standalone runs. */

import assert from "node:assert/strict";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { DhcpClient, type VirtualNic } from "../../support/dhcp/dhcp_client.ts";
import { integrationTest } from "../../support/harness/integration_test.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import type { KubeApi } from "../../support/apiserver/kube_api.ts";
import { ippoolSample } from "../../support/apiserver/samples.ts";
import { addVm, VmNetwork } from "../../support/network/vm_network.ts";

const MAC = "52:54:00:48:07:01";

/** A network that says which interface carries it. */
function annotatedNetwork(name: string, interfaceName: string): KubeObject {
  return {
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: "NetworkAttachmentDefinition",
    metadata: {
      name,
      namespace: "default",
      annotations: { "network.harvesterhci.io/interface": interfaceName },
    },
    spec: { config: "{}" },
  };
}

async function lease(network: VmNetwork, nic: VirtualNic): Promise<string> {
  await using client = await DhcpClient.start("udhcpc", nic, network.folder);
  return await client.bound();
}

/** Waits until the condition `AgentReady` of a pool has this reason. */
async function agentReady(api: KubeApi, name: string, wanted: string): Promise<void> {
  let seen: unknown;
  await waitUntil(async () => {
    const { status } = await api.get("ippools", name);
    const { conditions } = (status ?? {}) as { conditions?: { type: string; reason: string }[] };
    seen = conditions?.find(({ type }) => type === "AgentReady");
    return (seen as { reason?: string } | undefined)?.reason === wanted || undefined;
  }, { what: `AgentReady to be ${wanted}`, explain: () => JSON.stringify(seen) });
}

await integrationTest({
  name: "standalone answers on a network that a manifest brings, until its manifest is gone",
  needs: ["namespaces", "udhcpc"],
  run: async () => {
    await using network = await VmNetwork.create();
    const manifests = `${network.folder}/manifests`;
    await Deno.mkdir(manifests);
    const write = (name: string, object: KubeObject) =>
      Deno.writeTextFile(`${manifests}/${name}.json`, JSON.stringify(object));
    await write("pool", ippoolSample());
    const nic = await network.plugIn(MAC);
    const standalone = await network.standalone({
      nics: [],
      args: ["--manifests", manifests, "--prune"],
    });
    using api = await standalone.api();
    await agentReady(api, "ippool-1", "NoInterface");
    const address = await addVm(api, "vm", MAC);

    await write("network", annotatedNetwork("net-48", network.bridge.name));
    standalone.signal("SIGHUP");
    assert.equal(await lease(network, nic), address);

    await Deno.remove(`${manifests}/network.json`);
    standalone.signal("SIGHUP");
    await agentReady(api, "ippool-1", "NoInterface");
    const removed = await standalone.log.says("objects removed whose manifests are gone");
    assert.deepEqual(removed["objects"], ["NetworkAttachmentDefinition default/net-48"]);
    assert.deepEqual(standalone.errors(), "");

    // While a file cannot be read, or no manifest is there at all, nothing goes.
    await write("network", annotatedNetwork("net-48", network.bridge.name));
    standalone.signal("SIGHUP");
    await agentReady(api, "ippool-1", "Serving");
    await Deno.rename(manifests, `${manifests}.away`);
    await Deno.mkdir(manifests);
    standalone.signal("SIGHUP");
    await waitUntil(() => standalone.errors().includes("the folder has no files") || undefined, {
      what: "a complaint about the folder",
      explain: () => standalone.log.tail(),
    });
    assert.equal(await lease(network, nic), address);
  },
});
