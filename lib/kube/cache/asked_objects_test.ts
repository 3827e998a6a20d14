import { deepEqual, equal } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";

const OWN = { namespace: "default", fieldSelector: "metadata.name=a" };

/** What a server may send instead of the object that was asked for. */
const UNASKED = {
  "another name": configMap("b", 5),
  "another namespace": {
    ...configMap("a", 5),
    metadata: { ...configMap("a", 5).metadata, namespace: "other" },
  },
  "another kind": { ...configMap("a", 5), kind: "Secret" },
  "another version": { ...configMap("a", 5), apiVersion: "v2" },
};

for (const [what, object] of Object.entries(UNASKED)) {
  Deno.test(`a cache of one object leaves out one of ${what}, listed or watched`, async () => {
    const client = new FakeListWatch(fakeList(7, configMap("a", 1), object));
    const clock = new FakeClock();
    const { informer, log, registry, run, stop, changes } = setUpInformer(client, clock, OWN);
    const ended = run();
    await informer.whenSynced();
    await settle();
    await client.watching.send({ type: "MODIFIED", object });
    await client.watching.send({ type: "DELETED", object });
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 8) });
    deepEqual(changes, ["a: - -> 1", "a: 1 -> 8"]);
    equal(registry.value("reflector_unasked_objects_total", { resource: "configmaps" }), 3);
    equal(log.lines.filter(({ msg }) => msg.includes("not asked for")).length, 1);
    stop.abort();
    await ended;
  });
}

Deno.test("a cache of the objects with a label leaves out one without it, or with another value", async () => {
  const labelled = (name: string, version: number, labels: Record<string, string>) => ({
    ...configMap(name, version),
    metadata: { ...configMap(name, version).metadata, labels },
  });
  const agent = labelled("a", 1, { app: "agent" });
  const client = new FakeListWatch(fakeList(7, agent, labelled("b", 2, { app: "other" })));
  const { informer, run, stop, changes } = setUpInformer(client, new FakeClock(), {
    namespace: "default",
    labelSelector: "app=agent",
  });
  const ended = run();
  await informer.whenSynced();
  await settle();
  await client.watching.send({ type: "MODIFIED", object: configMap("c", 8) });
  await client.watching.send({ type: "ADDED", object: labelled("d", 9, { app: "agent" }) });
  await client.watching.send({ type: "DELETED", object: labelled("a", 10, {}) });
  deepEqual(changes, ["a: - -> 1", "d: - -> 9", "a: 1 -> -"]);
  stop.abort();
  await ended;
});
