import assert from "node:assert/strict";
import {
  formatNamespacedName,
  keyOf,
  type KubeObject,
  type ResourceType,
} from "../../../lib/api/meta.ts";
import { IPPOOLS, NETWORK_ATTACHMENT_DEFINITIONS } from "../../../lib/api/resources.ts";
import { judge } from "../../../lib/admission/judge.ts";
import { networkSample } from "../../../tests/support/apiserver/admission_worlds.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { standaloneWorld } from "./standalone_admission.ts";

/** Objects by kind, and how often pools were listed. */
class Stored {
  readonly objects = new Map<ResourceType, KubeObject[]>();
  lists = 0;
  version = 1;

  get(type: ResourceType, name: { namespace: string; name: string }): KubeObject | undefined {
    return this.list(type).find((object) => keyOf(object) === formatNamespacedName(name));
  }

  list(type: ResourceType): readonly KubeObject[] {
    if (type === IPPOOLS) this.lists++;
    return this.objects.get(type) ?? [];
  }

  versionOf(): number {
    return this.version;
  }
}

Deno.test("standaloneWorld() reads pools again only when one was written", () => {
  const stored = new Stored();
  const world = standaloneWorld(stored);
  assert.deepEqual([...world.pools()], []);
  stored.objects.set(IPPOOLS, [ippoolSample()]);
  assert.deepEqual([...world.pools()], [], "nothing says that one was written");
  stored.version++;
  for (let i = 0; i < 3; i++) {
    assert.deepEqual([...world.pools()].map(({ name }) => name), ["default/ippool-1"]);
  }
  assert.equal(stored.lists, 2);
});

Deno.test("standaloneWorld() knows nothing of a network that is not stored: it may come", () => {
  const stored = new Stored();
  const world = standaloneWorld(stored);
  assert.equal(world.network("default/net-48"), "unknown");
  const network = networkSample("net-48", { "network.harvesterhci.io/type": "OverlayNetwork" });
  stored.objects.set(NETWORK_ATTACHMENT_DEFINITIONS, [network]);
  assert.deepEqual(world.network("default/net-48"), { purpose: "overlay" });
});

Deno.test("standaloneWorld() has pools of two networks on one interface judged as those of one wire", () => {
  const stored = new Stored();
  const annotations = { "network.harvesterhci.io/interface": "br48" };
  const networks = ["net-48", "net-49"].map((name) => {
    const network = networkSample(name, {});
    return { ...network, metadata: { ...network.metadata, annotations } };
  });
  stored.objects.set(NETWORK_ATTACHMENT_DEFINITIONS, networks);
  stored.objects.set(IPPOOLS, [ippoolSample()]);
  const object = ippoolSample({
    metadata: { name: "ippool-2" },
    spec: { networkName: "default/net-49" },
  });
  const judged = judge({ type: IPPOOLS, operation: "CREATE", object }, standaloneWorld(stored));
  assert.deepEqual(judged.errors.map(({ message }) => message), [
    "cidr 192.168.48.0/24 overlaps cidr 192.168.48.0/24 of IPPool default/ippool-1, which is on the " +
    "same interface br48: choose another subnet",
  ]);
});
