import assert from "node:assert/strict";
import { changeOf } from "../../../tests/support/controller/change_of.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { KubeObject } from "../../api/meta.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { poolsAfterPool, poolsAfterVmnetcfg } from "./ippool_keys.ts";

function poolOn(networkName: unknown, status = {}): KubeObject {
  return ippoolSample({ spec: { networkName }, status });
}

function vmOn(...networks: readonly string[]): KubeObject {
  const networkConfigs = networks.map((networkName, n) => ({
    macAddress: `52:54:00:00:00:0${n}`,
    networkName,
  }));
  return vmnetcfgSample({ spec: { networkConfigs } });
}

function poolsOn(network: string): readonly string[] {
  return [`first of ${network}`, `second of ${network}`];
}

const ON_A = ["first of default/a", "second of default/a"];
const ON_B = ["first of default/b", "second of default/b"];

for (
  const { name, pools, isOwnWrite, keys } of [
    { name: "a new pool", pools: [undefined, poolOn("a")], keys: ["default/ippool-1", ...ON_A] },
    {
      name: "a pool that went",
      pools: [poolOn("a"), undefined],
      keys: ["default/ippool-1", ...ON_A],
    },
    {
      name: "a pool that moved",
      pools: [poolOn("a"), poolOn("b")],
      keys: ["default/ippool-1", ...ON_A, ...ON_B],
    },
    { name: "a pool without a network", pools: [undefined, poolOn(7)], keys: ["default/ippool-1"] },
    {
      name: "what the controller wrote itself",
      pools: [poolOn("a"), poolOn("a")],
      isOwnWrite: true,
      keys: ON_A,
    },
  ] as const
) {
  Deno.test(`poolsAfterPool() of ${name}`, () => {
    const found = poolsAfterPool(changeOf(IPPOOL_KIND, pools, isOwnWrite), poolsOn);
    assert.deepEqual([...new Set(found)], keys);
  });
}

/** A VM on network `a` whose NIC was told this address, or none. */
function vmTold(allocatedIPAddress?: string): KubeObject {
  const nic = { networkName: "a", macAddress: "52:54:00:00:00:00", state: "Allocated" };
  return { ...vmOn("a"), status: { networkConfigs: [{ ...nic, allocatedIPAddress }] } };
}

function withFinalizer(vm: KubeObject): KubeObject {
  return { ...vm, metadata: { ...vm.metadata, finalizers: [VMNETCFG_FINALIZER] } };
}

const UNREADABLE = { ...vmOn("a"), spec: { ...vmOn("a").spec as object, vmName: 7 } };
const LEAVING = {
  ...vmOn("a"),
  metadata: { ...vmOn("a").metadata, deletionTimestamp: "2026-01-01T00:00:00Z" },
};
const PAUSED = { ...vmOn("a"), spec: { ...vmOn("a").spec as object, paused: true } };

for (
  const { name, vms, keys } of [
    { name: "a new VM", vms: [undefined, withFinalizer(vmOn("a", "a"))], keys: ON_A },
    { name: "a new VM that cannot be served yet", vms: [undefined, vmOn("a")], keys: [] },
    { name: "a VM that can be served now", vms: [vmOn("a"), withFinalizer(vmOn("a"))], keys: ON_A },
    { name: "a new VM that was told", vms: [undefined, vmTold("10.0.0.2")], keys: ON_A },
    { name: "a new VM that cannot be read", vms: [undefined, UNREADABLE], keys: ON_A },
    { name: "a new VM that is about to go", vms: [undefined, LEAVING], keys: ON_A },
    { name: "a VM that went", vms: [vmOn("a", "b"), undefined], keys: [...ON_A, ...ON_B] },
    { name: "a VM that moved", vms: [vmOn("a"), vmOn("b")], keys: [...ON_A, ...ON_B] },
    { name: "a VM that is paused", vms: [vmOn("a"), PAUSED], keys: ON_A },
    {
      name: "a VM whose status changed",
      vms: [vmOn("a"), { ...vmOn("a"), status: { networkConfigs: [] } }],
      keys: [],
    },
    { name: "a VM that was told an address", vms: [vmTold(), vmTold("10.0.0.2")], keys: [] },
    { name: "a VM that is told none any more", vms: [vmTold("10.0.0.2"), vmTold()], keys: ON_A },
    {
      name: "a VM that may be served from now on",
      vms: [vmOn("a"), {
        ...vmOn("a"),
        metadata: { ...vmOn("a").metadata, finalizers: ["any/one"] },
      }],
      keys: ON_A,
    },
  ] as const
) {
  Deno.test(`poolsAfterVmnetcfg() of ${name}`, () => {
    const found = poolsAfterVmnetcfg(changeOf(VMNETCFG_KIND, vms), poolsOn);
    assert.deepEqual([...found].sort(), [...keys].sort());
  });
}
