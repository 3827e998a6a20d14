import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { CachedKind, KubeObject } from "../../api/meta.ts";
import type { JsonObject } from "../../base/json.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { formatMacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import type { AgentObserver } from "./agent_observer.ts";
import { ippoolController } from "./ippool_controller.ts";
import { PoolViews } from "./pool_views.ts";

const KEY = "default/ippool-1";
const SIGNAL = new AbortController().signal;
const MACS = ["52:54:00:00:00:01", "52:54:00:00:00:02"] as const;
const BOUND = { "192.168.48.82": MACS[0] };

/** What happens while a pool is let go. */
interface Surroundings {
  readonly onLabels?: () => void;
  readonly onPut?: () => void;
  readonly release?: AgentObserver["release"];
  readonly isStatusRefused?: boolean;
  readonly finalizers?: readonly string[];
}

/** A deleted pool that binds an address to the first MAC, which no VM has any more. */
function setUp(around: Surroundings = {}) {
  const clock = new FakeClock();
  const informerOf = <T>({ parse, indexes }: CachedKind<T>) => new FakeInformer(parse, indexes);
  const pools = informerOf(IPPOOL_KIND);
  const vmnetcfgs = informerOf(VMNETCFG_KIND);
  const did: string[] = [];
  const store = (what: string, { metadata, ...rest }: KubeObject): Promise<KubeObject> => {
    did.push(what);
    const resourceVersion = String(Number(metadata.resourceVersion) + 1);
    const object = structuredClone({ ...rest, metadata: { ...metadata, resourceVersion } });
    if (metadata.finalizers?.length === 0) pools.remove(KEY);
    else pools.put(object as KubeObject);
    return Promise.resolve(object as KubeObject);
  };
  const client: Pick<KubeClient, "replace" | "mergePatch"> = {
    replace: (_type, object) => {
      if (around.isStatusRefused) throw new StatusError(422, "Invalid", "status: Invalid value");
      return store("status", object);
    },
    mergePatch: (_type, _name, { metadata }) => {
      around.onPut?.();
      const { object } = pools.get(KEY)!;
      return store("finalizers", {
        ...object,
        metadata: { ...object.metadata, ...metadata as object },
      });
    },
  };
  const ippools = new FreshCache(pools, IPPOOL_KIND.parse);
  const cache = new FreshCache(vmnetcfgs, VMNETCFG_KIND.parse);
  const views = new PoolViews(ippools);
  const recorder = { record: () => {} };
  const { reconcile } = ippoolController({
    ippools: new ObjectWriter(client as KubeClient, IPPOOL_KIND.type, ippools, recorder),
    networks: new FreshCache(informerOf(NETWORK_KIND), NETWORK_KIND.parse),
    vmnetcfgs: cache,
    views,
    labels: { drop: () => Promise.resolve(around.onLabels?.()) },
    agents: { observe: () => undefined, ...around.release && { release: around.release } },
    registry: new RecordingRegistry(),
    clock,
  });
  const settle = async () => {
    for (;;) {
      const { requeueAfterMs } = await reconcile(KEY, SIGNAL);
      if (requeueAfterMs === undefined) return;
      await clock.advance(requeueAfterMs);
    }
  };
  const allocated = () => {
    const { ipv4 } = pools.get(KEY)!.object.status as { ipv4: JsonObject };
    return ipv4.allocated;
  };
  pools.put(deletedPool(around.finalizers));
  return { pools, vmnetcfgs, cache, views, did, reconcile: settle, allocated };
}

function deletedPool(finalizers: readonly string[] = [IPPOOL_FINALIZER]): KubeObject {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const metadata = { uid: "1", resourceVersion: "1", finalizers, deletionTimestamp };
  const pool = { start: "192.168.48.82", end: "192.168.48.89", exclude: undefined };
  return ippoolSample({ metadata, pool, status: { ipv4: { allocated: BOUND } } });
}

/** A VM with the first MAC. */
function vm(name: string, metadata: JsonObject = {}): KubeObject {
  const networkConfigs = [{ macAddress: MACS[0], networkName: "default/net-48" }];
  const more = { uid: name, resourceVersion: "1", finalizers: [VMNETCFG_FINALIZER], ...metadata };
  return vmnetcfgSample({ metadata: { name, ...more }, spec: { networkConfigs } });
}

Deno.test("a deleted pool stays for a VM that takes a MAC over while labels or agents are taken away", async () => {
  const come = () => world.vmnetcfgs.put(vm("next"));
  const ways: readonly Surroundings[] = [
    { onLabels: come },
    {
      release: async (_key, letGo) => {
        come();
        await letGo();
        return true;
      },
    },
    // What may not be taken away keeps the pool, whose record is planned from then.
    { release: () => Promise.resolve((come(), false)) },
  ];
  let world = setUp();
  for (const way of ways) {
    world = setUp(way);
    await world.reconcile();
    assert.deepEqual(world.did, ["status"]);
    assert.deepEqual(world.allocated(), BOUND);
    world.vmnetcfgs.remove("default/next");
  }
});

/** The answer to the write that lets a VM go. */
const GONE = vm("last", { deletionTimestamp: "2026-01-01T00:00:01Z", finalizers: [] });

Deno.test("a deleted pool stays until the watch tells, too, that the last VM with its MACs went", async () => {
  const { pools, vmnetcfgs, cache, did, reconcile } = setUp();
  vmnetcfgs.put(vm("last"));
  await reconcile();
  assert.deepEqual(did.splice(0), ["status"]);
  cache.keepWritten(GONE);
  await reconcile();
  assert.notEqual(pools.get(KEY), undefined);
  assert.ok(!did.includes("finalizers"), String(did));
  vmnetcfgs.remove("default/last");
  await reconcile();
  assert.equal(pools.get(KEY), undefined);
});

Deno.test("a deleted pool goes although the API server refuses its status", async () => {
  const { pools, vmnetcfgs, cache, did, reconcile } = setUp({ isStatusRefused: true });
  vmnetcfgs.put(vm("last"));
  await assert.rejects(reconcile(), /the API server refuses the object/);
  cache.keepWritten(GONE);
  await assert.rejects(reconcile(), /the API server refuses the object/);
  vmnetcfgs.remove("default/last");
  await reconcile();
  assert.deepEqual(did, ["finalizers"]);
  assert.equal(pools.get(KEY), undefined);
});

Deno.test("nobody is told what a pool binds while it is let go, and who waited hears that it stays", async () => {
  const changing = () => MACS.map((mac) => views.isChanging(KEY, parseMacAddress(mac)!));
  const seen: (readonly boolean[])[] = [];
  const { pools, views, reconcile } = setUp({
    onPut: () => {
      seen.push(changing());
      throw new Error("the connection broke off");
    },
  });
  const told: string[] = [];
  views.onChange(({ macs }) => told.push(...[...macs].map(formatMacAddress)));
  views.get(KEY);
  told.length = 0;
  await assert.rejects(reconcile(), /broke off/);
  assert.deepEqual(seen, [[true, false]]);
  assert.deepEqual(changing(), [false, false]);
  assert.deepEqual(told, [MACS[0]]);
  assert.notEqual(pools.get(KEY), undefined);
});

Deno.test("a deleted pool that others keep lets go of what it binds", async () => {
  const finalizers = [IPPOOL_FINALIZER, "example.com/keep"];
  const { did, reconcile, allocated } = setUp({ finalizers });
  await reconcile();
  assert.deepEqual(did, ["finalizers", "status"]);
  assert.deepEqual(allocated(), {});
});
