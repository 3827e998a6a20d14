/** Objects whose manifests are gone, on the embedded API server. */

import assert from "node:assert/strict";
import { refuse } from "../../support/apiserver/api_faults.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { ippoolSample, vmnetcfgSample } from "../../support/apiserver/samples.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";
import { manifestTest, pool, refusalOf } from "./manifest_world.ts";

manifestTest("only objects that manifests have made go with their manifests", async (world) => {
  const { apply, prune, pools, create, sent } = world;
  await create(IPPOOLS, pool("by-hand"));
  // Made from the manifests of another record, and copied.
  const labels = { "network.harvesterhci.io/from-manifests": crypto.randomUUID() };
  await create(
    IPPOOLS,
    ippoolSample({ metadata: { name: "copied", labels }, spec: { networkName: "a/b" } }),
  );
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "lab" } };
  await apply(pool("a"), pool("b"), namespace);
  assert.deepEqual((await prune(pool("a"), pool("b"))).orphans, []);
  sent.length = 0;
  await refusalOf(prune());
  await refusalOf(prune(pool("a"), pool("x", "bad")));
  assert.ok(!sent.some((each) => each.startsWith("delete")), "nothing is deleted");
  assert.deepEqual((await prune(pool("a"))).orphans, ["IPPool default/b"]);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "by-hand 1.1.1.1", "copied 1.1.1.1"]);
  assert.deepEqual((await prune(pool("a"))).orphans, []);
});

manifestTest("an object that cannot be removed is told with the reason", async (world) => {
  const { prune, pools, faults } = world;
  await prune(pool("a"), pool("b"), pool("c"));
  faults.on("DELETE ippools", refuse(403), undefined);
  const { message } = await refusalOf(prune(pool("a")));
  assert.match(message, /cannot be removed:\nIPPool default\/b: injected 403$/);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "b 1.1.1.1"]);
  assert.deepEqual((await prune(pool("a"))).orphans, ["IPPool default/b"]);
});

const NETWORK = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name: "a", namespace: "default" },
  spec: { config: "{}" },
};

function vmOn(network: string, metadata: Readonly<Record<string, unknown>>) {
  const networkConfigs = [{ macAddress: "52:54:00:48:07:01", networkName: `default/${network}` }];
  return vmnetcfgSample({ metadata, spec: { networkConfigs } });
}

manifestTest("a network stays with the pool that a VM keeps", async (world) => {
  const { prune, create, pools, sent } = world;
  await prune(NETWORK, pool("a"), pool("b"));
  await create(VIRTUAL_MACHINE_NETWORK_CONFIGS, vmOn("a", { name: "by-hand" }));
  const { message } = await refusalOf(prune(pool("b")));
  assert.match(message, /^objects .*\nIPPool default\/a: .*default\/by-hand/);
  assert.deepEqual(await pools(), ["a 1.1.1.1", "b 1.1.1.1"]);
  assert.ok(!sent.includes("delete network-attachment-definitions"));
});

manifestTest("a pool goes when the VMs that go with it have gone", async (world) => {
  const { prune, finish, pools, sent } = world;
  const metadata = { name: "vm", finalizers: ["example.com/slow"] };
  await prune(NETWORK, pool("a"), pool("b"), vmOn("a", metadata));
  const [{ orphans }] = await Promise.all([
    prune(pool("b")),
    waitUntil(() => sent.includes("delete virtualmachinenetworkconfigs") || undefined, {
      what: "the VM being removed",
    })
      .then(() => finish(VIRTUAL_MACHINE_NETWORK_CONFIGS, "vm")),
  ]);
  assert.deepEqual(orphans, [
    "VirtualMachineNetworkConfig default/vm",
    "IPPool default/a",
    "NetworkAttachmentDefinition default/a",
  ]);
  assert.deepEqual(await pools(), ["b 1.1.1.1"]);
});
