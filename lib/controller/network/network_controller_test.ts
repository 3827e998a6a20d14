import assert from "node:assert/strict";
import { changeOf } from "../../../tests/support/controller/change_of.ts";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import type { CachedKind, KubeObject } from "../../api/meta.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { IPPOOL_KIND, NETWORK_KIND } from "../../reconcile/kinds.ts";
import { PoolViews } from "../ippool/pool_views.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { networkController, NetworkLabels, networksAfterPool } from "./network_controller.ts";

const SIGNAL = new AbortController().signal;
const NETWORK = "default/net-48";
const NAD: KubeObject = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: { name: "net-48", namespace: "default", resourceVersion: "1" },
};

/** A controller of one network with one pool; writes are answered as given. */
function setUp(
  answer: (patch: unknown) => Promise<KubeObject>,
  /** What the server has, where it can be updated. */
  updated: KubeObject[] = [],
) {
  const filled = <T>(kind: CachedKind<T>, object: KubeObject) => {
    const informer = new FakeInformer(kind.parse, kind.indexes);
    informer.put(object);
    return { informer, cache: new FreshCache(informer, kind.parse) };
  };
  const patches: unknown[] = [];
  const client: Pick<KubeClient, "mergePatch" | "get" | "replace"> = {
    mergePatch: (_type, _name, patch) => (patches.push(patch), answer(patch)),
    get: () => Promise.resolve(updated.at(-1) ?? NAD),
    replace(_type, object) {
      if (updated.length === 0) return Promise.reject(new StatusError(403, "Forbidden", "no"));
      updated.push(object);
      return Promise.resolve({ ...object, metadata: { ...object.metadata, resourceVersion: "2" } });
    },
  };
  const pools = filled(IPPOOL_KIND, ippoolSample());
  const { informer: nads, cache } = filled(NETWORK_KIND, NAD);
  const networks = new ObjectWriter(client as KubeClient, NETWORK_KIND.type, cache, {
    record: () => {},
  });
  const views = new PoolViews(pools.cache);
  const log = new RecordingLogger();
  const labels = new NetworkLabels(networks, log);
  const controller = networkController(labels, views);
  const pool = views.get("default/ippool-1")!;
  return { controller, labels, log, patches, nads, pools: pools.informer, pool };
}

function labelled(patch: unknown): KubeObject {
  const { metadata } = patch as KubeObject;
  return { ...NAD, metadata: { ...NAD.metadata, ...metadata, resourceVersion: "2" } };
}

Deno.test("networkController() names the pool of a network once, and drops the name of one that goes", async () => {
  const { controller, labels, patches, pool } = setUp((patch) => Promise.resolve(labelled(patch)));
  await controller.reconcile(NETWORK, SIGNAL);
  await controller.reconcile(NETWORK, SIGNAL);
  await controller.reconcile("default/other", SIGNAL);
  const named = {
    "network.harvesterhci.io/ippool-namespace": "default",
    "network.harvesterhci.io/ippool-name": "ippool-1",
  };
  assert.deepEqual(patches, [{ metadata: { labels: named, resourceVersion: "1" } }]);
  await labels.drop(pool, SIGNAL);
  const unnamed = Object.fromEntries(Object.keys(named).map((label) => [label, null]));
  assert.deepEqual(patches.slice(1), [{ metadata: { labels: unnamed, resourceVersion: "2" } }]);
});

Deno.test("networkController() follows the labels that others write, not its own", async () => {
  const { controller, nads, patches } = setUp((patch) => Promise.resolve(labelled(patch)));
  const enqueued: string[] = [];
  for (const each of controller.watches) each.onKeys((keys) => enqueued.push(...keys));
  await controller.reconcile(NETWORK, SIGNAL);
  nads.put(labelled(patches[0]));
  assert.deepEqual(enqueued, []);
  nads.put({ ...NAD, metadata: { ...NAD.metadata, resourceVersion: "3" } });
  assert.deepEqual(enqueued, [NETWORK]);
});

Deno.test("networkController() drops the name of a pool that went while its name was on the way", async () => {
  const answers: (() => void)[] = [];
  const { controller, labels, patches, pools, pool } = setUp((patch) =>
    new Promise((resolve) => answers.push(() => resolve(labelled(patch))))
  );
  const naming = controller.reconcile(NETWORK, SIGNAL);
  const { metadata, ...rest } = ippoolSample();
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  pools.put({ ...rest, metadata: { ...metadata, deletionTimestamp } });
  await labels.drop(pool, SIGNAL);
  assert.equal(patches.length, 1, "the network does not seem to name it");
  answers.shift()!();
  await naming;
  await controller.reconcile(NETWORK, SIGNAL);
  assert.equal(patches.length, 1, "a pool that goes keeps its name until it is gone");
  pools.remove("default/ippool-1");
  const dropping = controller.reconcile(NETWORK, SIGNAL);
  await settle();
  answers.shift()!();
  await dropping;
  assert.equal(patches.length, 2);
  await controller.reconcile(NETWORK, SIGNAL);
  assert.equal(patches.length, 2);
});

Deno.test("networkController() goes on without the right to label networks, says so once, and tries again later", async () => {
  const forbidden = new StatusError(403, "Forbidden", "no");
  const { controller, log } = setUp(() => Promise.reject(forbidden));
  for (let time = 1; time <= 2; time++) {
    assert.deepEqual(await controller.reconcile(NETWORK, SIGNAL), { requeueAfterMs: 600_000 });
  }
  assert.deepEqual(log.lines.map(({ level, fields }) => [level, fields["network"]]), [
    ["warn", NETWORK],
  ]);
});

Deno.test("networkController() updates a network that it may not patch, and keeps what others wrote", async () => {
  const labels = { team: "a" };
  const stored = { ...NAD, metadata: { ...NAD.metadata, labels }, spec: { config: "{}" } };
  const updated: KubeObject[] = [stored];
  const refuse = () => Promise.reject(new StatusError(403, "Forbidden", "no"));
  const { controller, log } = setUp(refuse, updated);
  assert.deepEqual(await controller.reconcile(NETWORK, SIGNAL), {});
  const named = {
    "network.harvesterhci.io/ippool-namespace": "default",
    "network.harvesterhci.io/ippool-name": "ippool-1",
  };
  const metadata = { ...stored.metadata, labels: { ...labels, ...named } };
  assert.deepEqual(updated.slice(1), [{ ...stored, metadata }]);
  assert.deepEqual(log.lines, []);
});

Deno.test("networkController() says so again when the right was there and went", async () => {
  const forbidden = new StatusError(403, "Forbidden", "no");
  const answers = [
    () => Promise.reject(forbidden),
    (patch: unknown) => Promise.resolve(labelled(patch)),
    () => Promise.reject(forbidden),
  ];
  const { controller, labels, log, pool } = setUp((patch) => answers.shift()!(patch));
  await controller.reconcile(NETWORK, SIGNAL);
  await controller.reconcile(NETWORK, SIGNAL);
  await labels.drop(pool, SIGNAL);
  assert.equal(log.lines.length, 2);
});

Deno.test("networkController() fails where the API server fails", async () => {
  const { controller } = setUp(() => Promise.reject(new StatusError(500, "InternalError", "oh")));
  await assert.rejects(controller.reconcile(NETWORK, SIGNAL), { code: 500 });
});

const DELETED = ippoolSample({ metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } });

for (
  const { name, step, keys } of [
    { name: "a new pool", step: [undefined, ippoolSample()], keys: [NETWORK] },
    { name: "a pool that went", step: [ippoolSample(), undefined], keys: [NETWORK] },
    { name: "a pool that is being deleted", step: [ippoolSample(), DELETED], keys: [NETWORK] },
    {
      name: "another pool of the same name",
      step: [ippoolSample(), ippoolSample({ metadata: { uid: "2" } })],
      keys: [NETWORK],
    },
    {
      name: "a pool that moved",
      step: [ippoolSample(), ippoolSample({ spec: { networkName: "other" } })],
      keys: [NETWORK, "default/other"],
    },
    { name: "a record", step: [ippoolSample(), ippoolSample({ status: {} })], keys: [] },
  ] as const
) {
  Deno.test(`networksAfterPool() of ${name}`, () => {
    const found = networksAfterPool(changeOf(IPPOOL_KIND, step));
    assert.deepEqual([...new Set(found)], keys);
  });
}
