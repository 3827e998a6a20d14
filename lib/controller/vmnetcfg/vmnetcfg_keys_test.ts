import assert from "node:assert/strict";
import { changeOf, type Step } from "../../../tests/support/controller/change_of.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { keyOf, type KubeObject } from "../../api/meta.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { vmnetcfgsAfterPool, vmnetcfgsAfterVmnetcfg } from "./vmnetcfg_keys.ts";

const SELF = "default/test-vm";

/** A VM with NICs on `default/net-48`, by the last digit of their MACs. */
function vmWith(digits: string, changes: Partial<KubeObject> = {}): KubeObject {
  const networkConfigs = [...digits].map((digit) => ({
    macAddress: `52:54:00:00:00:0${digit}`,
    networkName: "net-48",
  }));
  return { ...vmnetcfgSample({ spec: { networkConfigs } }), ...changes };
}

/** Users of NICs: each NIC has the VM itself and another one. */
function ofNic(nic: string): readonly string[] {
  return [SELF, `other with ${nic}`];
}

const OTHER_WITH_1 = "other with default/net-48 52:54:00:00:00:01";
const OTHER_WITH_2 = "other with default/net-48 52:54:00:00:00:02";
const TOLD = {
  status: {
    networkConfigs: [{
      macAddress: "52:54:00:00:00:01",
      networkName: "default/net-48",
      allocatedIPAddress: "192.168.48.82",
      state: "Allocated",
    }],
  },
};
const FINALIZED = { metadata: { ...vmWith("1").metadata, finalizers: ["any/one"] } };

for (
  const { name, step, isOwnWrite, keys } of [
    { name: "a new VM", step: [undefined, vmWith("1")], keys: [SELF, OTHER_WITH_1] },
    { name: "a VM that went", step: [vmWith("1"), undefined], keys: [SELF, OTHER_WITH_1] },
    {
      name: "a VM with another MAC",
      step: [vmWith("1"), vmWith("2")],
      keys: [SELF, OTHER_WITH_1, OTHER_WITH_2],
    },
    {
      name: "a status that somebody else wrote",
      step: [vmWith("1"), vmWith("1", { status: {} })],
      keys: [SELF],
    },
    {
      name: "a status that the controller wrote",
      step: [vmWith("1"), vmWith("1", { status: {} })],
      isOwnWrite: true,
      keys: [],
    },
    {
      name: "an address that the controller told",
      step: [vmWith("1"), vmWith("1", TOLD)],
      isOwnWrite: true,
      keys: [SELF, OTHER_WITH_1],
    },
    {
      name: "an address that the controller tells no more",
      step: [vmWith("1", TOLD), vmWith("1", { status: {} })],
      isOwnWrite: true,
      keys: [SELF, OTHER_WITH_1],
    },
    {
      name: "a finalizer that the controller wrote",
      step: [vmWith("1"), vmWith("1", FINALIZED)],
      isOwnWrite: true,
      keys: [SELF, OTHER_WITH_1],
    },
  ] as const
) {
  Deno.test(`vmnetcfgsAfterVmnetcfg() of ${name}`, () => {
    const found = vmnetcfgsAfterVmnetcfg(changeOf(VMNETCFG_KIND, step, isOwnWrite), ofNic);
    assert.deepEqual(found, keys);
  });
}

/** A pool that binds NICs by the last digits of their MACs, each with an address of its own. */
function poolWith(digits: string, { spec = {}, metadata = {} } = {}): KubeObject {
  const allocated = Object.fromEntries(
    [...digits].map((digit) => [`192.168.48.8${digit}`, `52:54:00:00:00:0${digit}`]),
  );
  return ippoolSample({ spec, metadata, status: { ipv4: { allocated } } });
}

function keysAfterPool([before, after]: Step): readonly string[] {
  const pools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  const views = new PoolViews(new FreshCache(pools, IPPOOL_KIND.parse));
  const keys: string[] = [];
  if (before !== undefined) pools.put(before);
  views.onChange((change) => {
    keys.push(...vmnetcfgsAfterPool(change, {
      onNetwork: (network) => [`all on ${network}`],
      waitingFor: (network) => [`waiting on ${network}`],
      ofNic: (nic) => [`user of ${nic.slice(-2)}`],
    }));
  });
  if (after !== undefined) pools.put(after);
  else pools.remove(keyOf(before!));
  return keys;
}

const ALL = "all on default/net-48";
const WAITING = "waiting on default/net-48";
const MOVED = { ipv4: { allocated: { "192.168.48.89": "52:54:00:00:00:01" } } };

for (
  const { name, step, keys } of [
    { name: "a new pool", step: [undefined, poolWith("1")], keys: [ALL] },
    { name: "a pool that went", step: [poolWith("1"), undefined], keys: [ALL] },
    {
      name: "a pool that is being deleted",
      step: [poolWith("1"), poolWith("1", { metadata: { deletionTimestamp: "2026-01-01" } })],
      keys: [ALL],
    },
    {
      name: "a pool that is paused",
      step: [poolWith("1"), poolWith("1", { spec: { paused: true } })],
      keys: [ALL],
    },
    {
      name: "a pool that moved to another network",
      step: [poolWith("1"), poolWith("1", { spec: { networkName: "other" } })],
      keys: [ALL, "all on default/other"],
    },
    {
      name: "a binding that came",
      step: [poolWith("1"), poolWith("12")],
      keys: ["user of 02", WAITING],
    },
    {
      name: "a binding that went",
      step: [poolWith("12"), poolWith("2")],
      keys: ["user of 01", WAITING],
    },
    {
      name: "a binding with another address",
      step: [poolWith("1"), { ...poolWith("1"), status: MOVED }],
      keys: ["user of 01", WAITING],
    },
    {
      name: "other parts of its status",
      step: [poolWith("1"), {
        ...poolWith("1"),
        metadata: { ...poolWith("1").metadata, labels: {} },
      }],
      keys: [WAITING],
    },
    {
      name: "a pool without a network",
      step: [undefined, poolWith("1", { spec: { networkName: "" } })],
      keys: [],
    },
  ] as const
) {
  Deno.test(`vmnetcfgsAfterPool() of ${name}`, () => {
    assert.deepEqual(keysAfterPool(step), keys);
  });
}
