import assert from "node:assert/strict";
import { FakeClock } from "../../../tests/support/clocks/fake_clock.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../../tests/support/metrics/recording_registry.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { JsonObject } from "../../base/json.ts";
import type { EventNote, KubeClient } from "../../kube/contract.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { LastingAnswers } from "./lasting_answers.ts";
import { vmnetcfgController } from "./vmnetcfg_controller.ts";

const KEY = "default/test-vm";
const MAC = "fa:cf:8e:50:82:fc";
const ADDRESS = "192.168.48.82";
const SIGNAL = new AbortController().signal;

/**
 * A controller over caches that the test fills; what it writes is in its caches at once.
 *
 * @param meanwhile Runs while a write is under way.
 */
function setUp(meanwhile = (_pools: FakeInformer<IPPool>) => {}) {
  const clock = new FakeClock();
  const registry = new RecordingRegistry();
  const events: EventNote[] = [];
  const writes: string[] = [];
  const vmnetcfgs = new FakeInformer(VMNETCFG_KIND.parse, VMNETCFG_KIND.indexes);
  const pools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  const write = (what: string, object: KubeObject): Promise<KubeObject> => {
    writes.push(what);
    meanwhile(pools);
    const resourceVersion = String(writes.length + 1);
    return Promise.resolve({ ...object, metadata: { ...object.metadata, resourceVersion } });
  };
  const client: Pick<KubeClient, "replace" | "mergePatch"> = {
    replace: (_type, object) => write("status", object),
    mergePatch: (_type, _name, { metadata }) => {
      const { object } = vmnetcfgs.get(KEY)!;
      return write("finalizers", {
        ...object,
        metadata: { ...object.metadata, ...metadata as JsonObject },
      });
    },
  };
  const ippools = new FreshCache(pools, IPPOOL_KIND.parse);
  const views = new PoolViews(ippools);
  const controller = vmnetcfgController({
    vmnetcfgs: new ObjectWriter(
      client as KubeClient,
      VMNETCFG_KIND.type,
      new FreshCache(vmnetcfgs, VMNETCFG_KIND.parse),
      { record: (event) => void events.push(event) },
    ),
    views,
    answers: new LastingAnswers(views, { clock, areAgentsObserved: true }),
    registry,
    log: new RecordingLogger(),
    clock,
    withoutNicSeries: false,
  });
  const enqueued: string[] = [];
  for (const each of controller.watches) each.onKeys((keys) => enqueued.push(...keys));
  return { clock, registry, events, writes, vmnetcfgs, pools, enqueued, controller };
}

function poolWith(allocated: JsonObject = {}, metadata: JsonObject = {}): KubeObject {
  return ippoolSample({ metadata, status: { ipv4: { allocated } } });
}

const VM = vmnetcfgSample({
  metadata: { uid: "1", resourceVersion: "1", finalizers: [VMNETCFG_FINALIZER] },
});

function seriesOf(registry: RecordingRegistry): readonly string[] {
  return [...registry.values.keys()].filter((key) => key.startsWith("vmdhcpcontroller_vmnetcfg"));
}

Deno.test("vmnetcfgController() writes its finalizer first, then what the pool has committed", async () => {
  const { controller, vmnetcfgs, pools, writes, events, registry } = setUp();
  pools.put(poolWith({ [ADDRESS]: MAC }));
  vmnetcfgs.put(vmnetcfgSample({ metadata: { uid: "1", resourceVersion: "1" } }));
  assert.deepEqual(await controller.reconcile(KEY, SIGNAL), {});
  assert.deepEqual(writes, ["finalizers", "status"]);
  assert.deepEqual(events.map(({ reason, note }) => [reason, note]), [
    ["IPAllocated", `allocated ${ADDRESS} for ${MAC} on default/net-48`],
  ]);
  const labels = { ip: ADDRESS, mac: MAC, network: "default/net-48", status: "Allocated", vm: KEY };
  assert.equal(registry.value("vmdhcpcontroller_vmnetcfg_status", labels), 1);
  await controller.reconcile(KEY, SIGNAL);
  assert.deepEqual(writes, ["finalizers", "status"], "nothing is left to write");
});

Deno.test("vmnetcfgController() waits five seconds for a commit, whoever sets the host's clock", async () => {
  for (const wallSkewMs of [0, 3_600_000, -3_600_000]) {
    const { controller, clock, vmnetcfgs, pools, writes } = setUp();
    pools.put(poolWith());
    vmnetcfgs.put(VM);
    assert.deepEqual(await controller.reconcile(KEY, SIGNAL), { requeueAfterMs: 5000 });
    clock.wallSkewMs = wallSkewMs;
    await clock.advance(4999);
    const goesOn = await controller.reconcile(KEY, SIGNAL);
    assert.deepEqual(goesOn, { requeueAfterMs: 1 }, "the first wait goes on");
    assert.deepEqual(writes, []);
    await clock.advance(1);
    await controller.reconcile(KEY, SIGNAL);
    assert.deepEqual(writes, ["status"], `the clock set by ${wallSkewMs} ms`);
  }
});

Deno.test("vmnetcfgController() waits anew for the next commit after one has come", async () => {
  const { controller, clock, vmnetcfgs, pools } = setUp();
  pools.put(poolWith());
  vmnetcfgs.put(VM);
  await controller.reconcile(KEY, SIGNAL);
  await clock.advance(4000);
  pools.put(poolWith({ [ADDRESS]: MAC }));
  assert.deepEqual(await controller.reconcile(KEY, SIGNAL), {});
  pools.put(poolWith());
  assert.deepEqual(await controller.reconcile(KEY, SIGNAL), { requeueAfterMs: 5000 });
});

Deno.test("vmnetcfgController() comes back to objects that wait when their pool changes, not to others", async () => {
  const { controller, vmnetcfgs, pools, enqueued } = setUp();
  const change = (labels: JsonObject) => pools.put(poolWith({ [ADDRESS]: MAC }, { labels }));
  pools.put(poolWith({ [ADDRESS]: MAC }));
  vmnetcfgs.put(VM);
  await controller.reconcile(KEY, SIGNAL);
  enqueued.length = 0;
  change({ a: "1" });
  assert.deepEqual(enqueued, [], "it has its address");

  const networkConfigs = [{ macAddress: "52:54:00:00:00:02", networkName: "default/net-48" }];
  const metadata = { ...VM.metadata, resourceVersion: "9" };
  vmnetcfgs.put({ ...VM, metadata, spec: { vmName: "test-vm", networkConfigs } });
  await controller.reconcile(KEY, SIGNAL);
  enqueued.length = 0;
  change({ a: "2" });
  assert.deepEqual(enqueued, [KEY], "it waits");

  vmnetcfgs.remove(KEY);
  await controller.reconcile(KEY, SIGNAL);
  enqueued.length = 0;
  change({ a: "3" });
  assert.deepEqual(enqueued, [], "it is gone");
});

Deno.test("vmnetcfgController() comes back to an object whose pool changes while it says that it waits", async () => {
  const { controller, vmnetcfgs, pools, enqueued, writes } = setUp((pools) => {
    enqueued.length = 0;
    pools.put(poolWith({}, { labels: { a: "1" } }));
  });
  pools.put(poolWith());
  const nic = { macAddress: MAC, networkName: "default/net-48", ipAddress: "192.168.48.81" };
  vmnetcfgs.put({ ...VM, spec: { vmName: "test-vm", networkConfigs: [nic] } });
  await controller.reconcile(KEY, SIGNAL);
  assert.deepEqual([writes, enqueued], [["status"], [KEY]]);
});

Deno.test("vmnetcfgController() lets an object go once no record binds it, and its series with it", async () => {
  const { controller, vmnetcfgs, pools, writes, events, registry } = setUp();
  pools.put(poolWith({ [ADDRESS]: MAC }));
  vmnetcfgs.put(VM);
  await controller.reconcile(KEY, SIGNAL);
  assert.equal(seriesOf(registry).length, 1);
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  const allocated = { allocatedIPAddress: ADDRESS, macAddress: MAC, state: "Allocated" };
  vmnetcfgs.put({
    ...VM,
    metadata: { ...VM.metadata, resourceVersion: "9", deletionTimestamp },
    status: { networkConfigs: [{ ...allocated, networkName: "default/net-48" }] },
  });
  await controller.reconcile(KEY, SIGNAL);
  assert.deepEqual(writes, ["status"], "the record still binds its address");
  pools.put(poolWith());
  await controller.reconcile(KEY, SIGNAL);
  assert.deepEqual(writes, ["status", "finalizers"]);
  assert.equal(events.at(-1)?.note, `released ${ADDRESS} for ${MAC} on default/net-48`);
  assert.deepEqual(seriesOf(registry), []);
});

Deno.test("vmnetcfgController() tells the VM that owns an object what it tells of the object", async () => {
  const { controller, vmnetcfgs, pools, events } = setUp();
  pools.put(poolWith({ [ADDRESS]: MAC }));
  const owner = { apiVersion: "kubevirt.io/v1", kind: "VirtualMachine", name: "test-vm", uid: "7" };
  vmnetcfgs.put({ ...VM, metadata: { ...VM.metadata, ownerReferences: [owner] } });
  await controller.reconcile(KEY, SIGNAL);
  const told = events.map(({ reason, regarding: { kind, metadata } }) =>
    [reason, kind, metadata.namespace, metadata.name, metadata.uid].join(" ")
  );
  assert.deepEqual(told, [
    "IPAllocated VirtualMachineNetworkConfig default test-vm 1",
    "IPAllocated VirtualMachine default test-vm 7",
  ]);
});
