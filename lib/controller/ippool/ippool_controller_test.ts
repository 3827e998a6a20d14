import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { CachedKind, KubeObject } from "../../api/meta.ts";
import type { JsonObject } from "../../base/json.ts";
import type { KubeClient } from "../../kube/contract.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { ippoolController } from "./ippool_controller.ts";
import { PoolViews } from "./pool_views.ts";

const KEY = "default/ippool-1";
const SIGNAL = new AbortController().signal;

/** A controller of one pool; what it writes comes back through the watch at once, or not at all. */
function setUp(
  addressReuseGraceMs?: number,
  { isWatchLate = false, writeMs = 0 }: { isWatchLate?: boolean; writeMs?: number } = {},
) {
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  const informerOf = <T>({ parse, indexes }: CachedKind<T>) => new FakeInformer(parse, indexes);
  const pools = informerOf(IPPOOL_KIND);
  const vmnetcfgs = informerOf(VMNETCFG_KIND);
  const did: string[] = [];
  let version = 1;
  const write = (what: string, sent: KubeObject): Promise<KubeObject> => {
    did.push(what);
    // What is sent may change as soon as it is on its way.
    const { metadata, ...rest } = structuredClone(sent);
    const object = { ...rest, metadata: { ...metadata, resourceVersion: String(++version) } };
    const isGone = metadata.deletionTimestamp !== undefined && metadata.finalizers?.length === 0;
    if (isGone) pools.remove(KEY);
    else if (!isWatchLate) pools.put(object as KubeObject);
    return Promise.resolve(object as KubeObject);
  };
  const client: Pick<KubeClient, "replace" | "mergePatch"> = {
    replace: async (_type, object) => {
      const written = await write("status", object);
      await clock.advance(writeMs);
      return written;
    },
    mergePatch: (_type, _name, { metadata }) => {
      const { object } = pools.get(KEY)!;
      return write("finalizers", {
        ...object,
        metadata: { ...object.metadata, ...metadata as JsonObject },
      });
    },
  };
  const ippools = new FreshCache(pools, IPPOOL_KIND.parse);
  const { reconcile } = ippoolController({
    ippools: new ObjectWriter(client as KubeClient, IPPOOL_KIND.type, ippools, {
      record: () => {},
    }),
    networks: new FreshCache(informerOf(NETWORK_KIND), NETWORK_KIND.parse),
    vmnetcfgs: new FreshCache(vmnetcfgs, VMNETCFG_KIND.parse),
    views: new PoolViews(ippools),
    labels: { drop: ({ key }) => Promise.resolve(void did.push(`labels of ${key}`)) },
    agents: { observe: () => undefined },
    addressReuseGraceMs,
    registry,
    clock,
  });
  /** Reconciles, once the pool has rested. */
  const settle = async () => {
    for (;;) {
      const { requeueAfterMs } = await reconcile(KEY, SIGNAL);
      if (requeueAfterMs === undefined) return;
      await clock.advance(requeueAfterMs);
    }
  };
  return {
    clock,
    pools,
    vmnetcfgs,
    registry,
    did,
    reconcile: settle,
    tryOnce: () => reconcile(KEY, SIGNAL),
  };
}

/** A pool that hands out .82 to the given last number. */
function poolUpTo(last: number, metadata: JsonObject = {}): KubeObject {
  const pool = { start: "192.168.48.82", end: `192.168.48.${last}`, exclude: undefined };
  return ippoolSample({ pool, metadata: { uid: "1", resourceVersion: "1", ...metadata } });
}

/** A VM that may be given an address, by the last digit of its MAC. */
function vm(digit: number): KubeObject {
  const networkConfigs = [{
    macAddress: `52:54:00:00:00:0${digit}`,
    networkName: "default/net-48",
  }];
  const metadata = { name: `vm-${digit}`, finalizers: [VMNETCFG_FINALIZER] };
  return vmnetcfgSample({ metadata, spec: { networkConfigs } });
}

function allocatedIn(pools: FakeInformer<IPPool>): unknown {
  const { ipv4 } = pools.get(KEY)!.object.status as { ipv4: JsonObject };
  return ipv4.allocated ?? {};
}

Deno.test("ippoolController() keeps what it wrote over a record that named a MAC twice", async () => {
  const { pools, vmnetcfgs, did, reconcile } = setUp(undefined, { isWatchLate: true });
  const allocated = { "192.168.48.82": "52:54:00:00:00:01", "192.168.48.83": "52:54:00:00:00:01" };
  const pool = poolUpTo(89, { finalizers: [IPPOOL_FINALIZER] });
  pools.put({ ...pool, status: { ipv4: { allocated, used: 2, available: 6 } } });
  vmnetcfgs.put(vm(1));
  vmnetcfgs.put(vm(2));
  await reconcile();
  assert.deepEqual(did, ["status"]);
  await reconcile();
  assert.deepEqual(did, ["status"], "the answer says as much as the watch would");
});

Deno.test("ippoolController() hands out the next address, not the one that came back last", async () => {
  const { pools, vmnetcfgs, reconcile } = setUp();
  pools.put(poolUpTo(89));
  for (const digit of [1, 2, 3]) {
    vmnetcfgs.put(vm(digit));
    await reconcile();
    vmnetcfgs.remove(`default/vm-${digit}`);
    await reconcile();
  }
  vmnetcfgs.put(vm(4));
  await reconcile();
  assert.deepEqual(allocatedIn(pools), { "192.168.48.85": "52:54:00:00:00:04" });
});

Deno.test("ippoolController() begins with the first address of a pool that was made anew", async () => {
  const { pools, vmnetcfgs, reconcile } = setUp();
  pools.put(poolUpTo(89));
  vmnetcfgs.put(vm(1));
  await reconcile();
  pools.remove(KEY);
  await reconcile();
  pools.put(poolUpTo(89, { uid: "2", resourceVersion: "1" }));
  await reconcile();
  assert.deepEqual(allocatedIn(pools), { "192.168.48.82": "52:54:00:00:00:01" });
});

Deno.test("ippoolController() gives the address of a VM that went to the next in the write after it", async () => {
  const { clock, pools, vmnetcfgs, did, reconcile, tryOnce } = setUp();
  pools.put(poolUpTo(82));
  vmnetcfgs.put(vm(1));
  await reconcile();
  vmnetcfgs.remove("default/vm-1");
  vmnetcfgs.put(vm(2));
  did.length = 0;
  await clock.advance(1000);
  await tryOnce();
  assert.deepEqual(allocatedIn(pools), {});
  await reconcile();
  assert.deepEqual(allocatedIn(pools), { "192.168.48.82": "52:54:00:00:00:02" });
  assert.deepEqual(did, ["status", "status"]);
});

Deno.test("ippoolController() takes labels away before it lets a deleted pool go, with its series", async () => {
  const { pools, vmnetcfgs, registry, did, reconcile } = setUp();
  const series = () => [...registry.values.keys()].filter((key) => key.includes("ippool_"));
  pools.put(poolUpTo(89));
  vmnetcfgs.put(vm(1));
  await reconcile();
  assert.deepEqual(did.splice(0), ["finalizers", "status"]);
  const { conditions } = pools.get(KEY)!.object.status as { conditions: readonly JsonObject[] };
  assert.ok(conditions.length > 0);
  assert.equal(series().length, 3 + conditions.length);

  const { object } = pools.get(KEY)!;
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const metadata = { ...object.metadata, resourceVersion: "100", deletionTimestamp };
  assert.deepEqual(metadata.finalizers, [IPPOOL_FINALIZER]);
  pools.put({ ...object, metadata });
  await reconcile();
  assert.deepEqual(did.splice(0), ["status"], "it names the VM that still holds an address");
  vmnetcfgs.remove("default/vm-1");
  await reconcile();
  assert.deepEqual(did, [`labels of ${KEY}`, "finalizers"]);
  assert.equal(pools.get(KEY), undefined);
  assert.deepEqual(series(), []);
});

/** A record that takes about this many bytes. */
function recordOf(bytes: number): JsonObject {
  return { "no address": "x".repeat(bytes) };
}

Deno.test("a pool writes a megabyte a second: what comes while it rests is planned together", async () => {
  for (const [bytes, restMs] of [[100_000, 100], [1_000_000, 1000], [4_000_000, 2000]] as const) {
    const { clock, pools, vmnetcfgs, did, tryOnce } = setUp();
    const allocated = recordOf(bytes);
    const pool = poolUpTo(90, { finalizers: [IPPOOL_FINALIZER] });
    pools.put({ ...pool, status: { ipv4: { allocated } } });
    vmnetcfgs.put(vm(1));
    assert.deepEqual(await tryOnce(), {}, "the first change does not wait");
    for (const digit of [2, 3]) vmnetcfgs.put(vm(digit));
    const { requeueAfterMs = 0 } = await tryOnce();
    assert.ok(requeueAfterMs > restMs / 2 && requeueAfterMs <= restMs * 2, `${requeueAfterMs} ms`);
    assert.ok(requeueAfterMs <= 2000);
    assert.deepEqual(did, ["status"]);
    await clock.advance(requeueAfterMs);
    assert.deepEqual(await tryOnce(), {});
    assert.deepEqual(did, ["status", "status"]);
    assert.equal(
      Object.keys(allocatedIn(pools) as JsonObject).length,
      Object.keys(allocated).length + 3,
    );
  }
});

Deno.test("a pool writes during a quarter of the time at most: a server that takes long has much else to do", async () => {
  for (const [writeMs, restMs] of [[100, 300], [5000, 2000]] as const) {
    const { clock, pools, vmnetcfgs, did, tryOnce } = setUp(undefined, { writeMs });
    pools.put(poolUpTo(90, { finalizers: [IPPOOL_FINALIZER] }));
    vmnetcfgs.put(vm(1));
    assert.deepEqual(await tryOnce(), {}, "the first change does not wait");
    for (const digit of [2, 3]) vmnetcfgs.put(vm(digit));
    assert.deepEqual(await tryOnce(), { requeueAfterMs: restMs });
    await clock.advance(restMs);
    assert.deepEqual(await tryOnce(), {});
    assert.deepEqual(did, ["status", "status"]);
    assert.equal(Object.keys(allocatedIn(pools) as JsonObject).length, 3);
  }
});

Deno.test("a freed address rests for the grace while others are free, and the oldest goes first", async () => {
  const { clock, pools, vmnetcfgs, reconcile } = setUp(60_000);
  pools.put(poolUpTo(85));
  const come = async (digit: number) => {
    vmnetcfgs.put(vm(digit));
    await reconcile();
    const bound = Object.entries(allocatedIn(pools) as JsonObject);
    return bound.find(([, mac]) => mac === `52:54:00:00:00:0${digit}`)?.[0].slice(-2);
  };
  const go = async (digit: number) => {
    vmnetcfgs.remove(`default/vm-${digit}`);
    await reconcile();
  };
  assert.equal(await come(1), "82");
  assert.equal(await come(2), "83");
  await go(2);
  await clock.advance(1000);
  await go(1);
  assert.equal(await come(3), "84");
  assert.equal(await come(4), "85");
  assert.equal(await come(5), "83", "only resting addresses are left");
  await go(3);
  await clock.advance(60_000);
  await go(4);
  assert.equal(await come(6), "82", "84 and 82 have rested long enough, 85 has not");
});
