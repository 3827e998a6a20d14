import assert from "node:assert/strict";
import { LABEL, madePool } from "../../../tests/support/controller/auto_ippool_situation.ts";
import { changeOf } from "../../../tests/support/controller/change_of.ts";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { CachedKind, KubeObject } from "../../api/meta.ts";
import { type EventNote, type KubeClient, StatusError } from "../../kube/contract.ts";
import { IPPOOL_KIND, NETWORK_KIND, VMNETCFG_KIND } from "../../reconcile/kinds.ts";
import { FreshCache } from "../runtime/fresh_cache.ts";
import { ObjectWriter } from "../runtime/object_writer.ts";
import { autoIPPoolController, networksAfterAutoPool } from "./auto_ippool_controller.ts";

const SIGNAL = new AbortController().signal;
const NETWORK = "default/net-48";
const NAD: KubeObject = {
  apiVersion: "k8s.cni.cncf.io/v1",
  kind: "NetworkAttachmentDefinition",
  metadata: {
    name: "net-48",
    namespace: "default",
    annotations: {
      [LABEL]: "true",
      "network.harvesterhci.io/route": '{"cidr":"192.168.48.0/24","gateway":"192.168.48.1"}',
    },
  },
};

/** The controller over one network; creations are answered as given. */
function setUp(answer: (object: KubeObject) => KubeObject) {
  const events: EventNote[] = [];
  const requests: unknown[] = [];
  const client: Pick<KubeClient, "create" | "delete"> = {
    create: (_type, object) => Promise.resolve(object).then(answer),
    delete: (_type, { name }, options) => {
      requests.push([name, options?.preconditions]);
      return Promise.resolve();
    },
  };
  const recorder = { record: (event: EventNote) => void events.push(event) };
  const cached = <T>(kind: CachedKind<T>) => {
    const informer = new FakeInformer(kind.parse, kind.indexes);
    const cache = new FreshCache(informer, kind.parse);
    const writer = new ObjectWriter(client as KubeClient, kind.type, cache, recorder);
    return { informer, cache, writer };
  };
  const [networks, ippools] = [cached(NETWORK_KIND), cached(IPPOOL_KIND)];
  const vmnetcfgs = cached(VMNETCFG_KIND);
  const log = new RecordingLogger();
  const controller = autoIPPoolController({
    networks: networks.writer,
    ippools: ippools.writer,
    vmnetcfgs: vmnetcfgs.cache,
    policy: "annotated",
    log,
  });
  const enqueued: string[] = [];
  for (const each of controller.watches) each.onKeys((keys) => enqueued.push(...keys));
  networks.informer.put(NAD);
  return {
    ...{ controller, events, requests, log, enqueued, networks: networks.informer },
    ...{ ippools: ippools.informer, vmnetcfgs: vmnetcfgs.informer },
  };
}

Deno.test("autoIPPoolController() makes nothing in a namespace that is going, and says nothing of it", async () => {
  const cause = { field: "metadata.namespace", reason: "NamespaceTerminating", message: "" };
  const { controller, events, log } = setUp(() => {
    throw new StatusError(403, "Forbidden", "it is being terminated", [cause]);
  });
  assert.deepEqual(await controller.reconcile(NETWORK, SIGNAL), {});
  assert.deepEqual([events, log.lines], [[], []]);
});

Deno.test("autoIPPoolController() says what the server refused, once, and tries again later", async () => {
  const { controller, events, log } = setUp(() => {
    throw new StatusError(403, "Forbidden", "ippools is forbidden");
  });
  for (let i = 0; i < 3; i++) {
    assert.deepEqual(await controller.reconcile(NETWORK, SIGNAL), { requeueAfterMs: 300_000 });
  }
  assert.deepEqual(events.map(({ reason, note, regarding }) => [regarding.kind, reason, note]), [
    [
      "NetworkAttachmentDefinition",
      "AutoIPPoolRefused",
      "cannot create ippool default/net-48 for this network: ippools is forbidden",
    ],
  ]);
  assert.equal(log.lines.length, 1);
});

Deno.test("autoIPPoolController() tells of a mistake again after it was mended", async () => {
  const { controller, events, networks } = setUp((object) => object);
  const annotations = NAD.metadata.annotations!;
  const wrong = {
    ...NAD,
    metadata: { ...NAD.metadata, annotations: { ...annotations, [LABEL]: "?" } },
  };
  for (const nad of [wrong, wrong, NAD, wrong]) {
    networks.put(nad);
    await controller.reconcile(NETWORK, SIGNAL);
  }
  assert.deepEqual(events.map(({ reason }) => reason), [
    "AutoIPPoolRefused",
    "AutoIPPoolCreated",
    "AutoIPPoolRefused",
  ]);
});

Deno.test("autoIPPoolController() removes the version of a pool that it saw when its last VM has gone", async () => {
  const { controller, requests, networks, ippools, vmnetcfgs, enqueued } = setUp((object) =>
    object
  );
  const { metadata, ...pool } = madePool();
  ippools.put({ ...pool, metadata: { ...metadata, uid: "1", resourceVersion: "7" } });
  vmnetcfgs.put(vmnetcfgSample());
  networks.remove(NETWORK);
  await controller.reconcile(NETWORK, SIGNAL);
  assert.deepEqual(requests, []);
  enqueued.length = 0;
  vmnetcfgs.remove("default/test-vm");
  assert.deepEqual(enqueued, [NETWORK]);
  await controller.reconcile(NETWORK, SIGNAL);
  assert.deepEqual(requests, [["net-48", { uid: "1", resourceVersion: "7" }]]);
});

const STATUS = { ipv4: { used: 1, available: 1 } };

for (
  const { name, step, keys } of [
    { name: "a new pool", step: [undefined, madePool()], keys: [NETWORK] },
    { name: "another address", step: [madePool(), madePool({ status: STATUS })], keys: [] },
    { name: "the last address", step: [madePool({ status: STATUS }), madePool()], keys: [NETWORK] },
    {
      name: "an edit",
      step: [madePool(), madePool({ metadata: { ...madePool().metadata, generation: 2 } })],
      keys: [NETWORK],
    },
  ] as const
) {
  Deno.test(`networksAfterAutoPool() of ${name}`, () => {
    const found = networksAfterAutoPool(changeOf(IPPOOL_KIND, step));
    assert.deepEqual([...new Set(found)], keys);
  });
}
