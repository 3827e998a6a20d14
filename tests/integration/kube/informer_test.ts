/** Our client and informer against the embedded API server, over TLS and by calls. */

import type { Clock } from "../../../lib/base/clock.ts";
import { deepEqual, rejects } from "node:assert/strict";
import { EVENTS } from "../../../lib/api/resources.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import { StatusError } from "../../../lib/kube/contract.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import { createEventRecorder } from "../../../lib/kube/events/event_recorder.ts";
import { listAll } from "../../../lib/kube/cache/lister.ts";
import { createInProcessClient, createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGET_TYPE } from "../../support/kube/gadget.ts";
import { checkChangeHistory, setUpInformer } from "../../support/kube/informer_setup.ts";
import type { InformerSetup } from "../../support/kube/informer_setup.ts";
import { RecordingLogger } from "../../support/metrics/recording_logger.ts";
import { RecordingRegistry } from "../../support/metrics/recording_registry.ts";
import { waitUntil } from "../../support/harness/wait_until.ts";

function sized(name: string, size: number): KubeObject {
  return { ...gadget(name, { size }), metadata: { name, namespace: "default" } };
}

const WAYS = ["over HTTPS", "by calls"] as const;
type Way = (typeof WAYS)[number];

/** A test for each way to the server. */
function eachWay(name: string, test: (way: Way) => Promise<void>): void {
  for (const way of WAYS) Deno.test(`${name}, ${way}`, () => test(way));
}

interface World extends InformerSetup {
  readonly client: KubeClient;
  readonly clock: Clock;
}

/** Runs a test with a client of a fresh server and a running informer of its gadgets. */
async function withWorld(
  way: Way,
  fieldSelector: string | undefined,
  test: (world: World) => Promise<void>,
): Promise<void> {
  await using api = await startEmbeddedApi();
  const clock = createClock();
  const options = {
    userAgent: "vm-dhcp/0.0.0 (test) test",
    clock,
    random: Math.random,
    log: new RecordingLogger(),
    registry: new RecordingRegistry(),
  };
  const access = {
    server: api.server.url,
    certificateAuthority: { text: api.credentials.cert },
    token: { text: api.credentials.token },
  };
  const client = way === "by calls"
    ? createInProcessClient(api.server.handle, options)
    : createKubeClient(access, options);
  const setup = setUpInformer(client, clock, {
    type: GADGET_TYPE,
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  });
  const ended = setup.run();
  try {
    await setup.informer.whenSynced();
    await test({ ...setup, client, clock });
  } finally {
    setup.stop.abort();
    await ended;
    client.close();
  }
}

function sizes(objects: readonly KubeObject[]): Record<string, unknown> {
  return Object.fromEntries(
    objects.map(({ metadata, spec }) => [metadata.name, (spec as { size: number }).size]),
  );
}

eachWay("Informer follows the client's writes on the embedded API server", async (way) => {
  await withWorld(way, undefined, async ({ client, informer, changes }) => {
    const name = { namespace: "default", name: "a" };
    const created = await client.create(GADGET_TYPE, sized("a", 1));
    await client.create(GADGET_TYPE, sized("b", 1));
    await client.create(GADGET_TYPE, sized("dry", 1), { dryRun: true });
    await client.mergePatch(GADGET_TYPE, name, { spec: { size: 2 } });
    await rejects(
      client.replace(GADGET_TYPE, created),
      (error) => error instanceof StatusError && error.reason === "Conflict",
    );
    const current = await client.get(GADGET_TYPE, name);
    await client.replace(GADGET_TYPE, { ...current, spec: { size: 3 } });
    await client.delete(GADGET_TYPE, { namespace: "default", name: "b" });
    await waitUntil(() => changes.length === 5 || undefined, { what: "five changes" });
    deepEqual(sizes(informer.list()), { a: 3 });
    deepEqual((await client.list(GADGET_TYPE)).items, informer.list());
    checkChangeHistory(changes);
  });
});

eachWay("Informer sees a single object when it selects that by name", async (way) => {
  await withWorld(way, "metadata.name=a", async ({ client, informer, changes }) => {
    for (const name of ["x", "a", "y"]) await client.create(GADGET_TYPE, sized(name, 1));
    await client.delete(GADGET_TYPE, { namespace: "default", name: "x" });
    await client.mergePatch(GADGET_TYPE, { namespace: "default", name: "a" }, {
      spec: { size: 2 },
    });
    await waitUntil(() => changes.length === 2 || undefined, { what: "two changes" });
    deepEqual(sizes(informer.list()), { a: 2 });
  });
});

eachWay("Informer holds all objects after many simultaneous writes", async (way) => {
  await withWorld(way, undefined, async ({ client, informer }) => {
    const names = Array.from({ length: 200 }, (_, index) => `gadget-${index}`);
    await Promise.all(
      names.map((name, index) => client.create(GADGET_TYPE, sized(name, index % 10 + 1))),
    );
    await waitUntil(
      () => informer.list().length === names.length || undefined,
      { what: "all objects in the cache" },
    );
    // The same list as after 410, in pages if the server makes any.
    const { objects } = await listAll(
      { client, type: GADGET_TYPE },
      "",
      new AbortController().signal,
    );
    deepEqual(objects.map((object) => object.metadata.name).sort(), names.toSorted());
    await Promise.all(
      names.map((name) => client.delete(GADGET_TYPE, { namespace: "default", name })),
    );
    await waitUntil(() => informer.list().length === 0 || undefined, { what: "an empty cache" });
  });
});

eachWay("the embedded API server accepts the Events of EventRecorder", async (way) => {
  await withWorld(way, undefined, async ({ client, clock }) => {
    const { apiVersion, kind, metadata } = await client.create(GADGET_TYPE, sized("a", 1));
    const log = new RecordingLogger();
    const recorder = createEventRecorder({
      client,
      reportingInstance: "test-0",
      clock,
      random: Math.random,
      log,
      registry: new RecordingRegistry(),
    });
    const regarding = { apiVersion, kind, metadata };
    recorder.record({ regarding, type: "Warning", reason: "Tested", note: "It was tested" });
    await recorder.close();
    deepEqual(log.lines.map(({ level, msg }) => [level, msg]), [["warn", "event"]]);
    const events = await client.list(EVENTS, { namespace: "default" });
    deepEqual(events.items.map((event) => [event["reason"], event["note"], event["type"]]), [
      ["Tested", "It was tested", "Warning"],
    ]);
  });
});
