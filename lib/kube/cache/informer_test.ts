import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import type { KubeObject } from "../../api/meta.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { type InformerSetup, setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { StatusError } from "../contract.ts";
import type { InformerOptions } from "./informer.ts";

const EXPIRED = new StatusError(410, "Expired", "too old resource version");

async function withInformer(
  client: FakeListWatch,
  test: (setup: InformerSetup & { readonly clock: FakeClock }) => Promise<void>,
  options: Partial<InformerOptions<KubeObject>> = {},
): Promise<void> {
  const clock = new FakeClock();
  const setup = setUpInformer(client, clock, options);
  const ended = setup.run();
  await settle();
  await test({ ...setup, clock });
  setup.stop.abort();
  await ended;
}

function sortedNames(objects: readonly KubeObject[]): readonly string[] {
  return objects.map((object) => object.metadata.name).sort();
}

Deno.test("Informer holds the first list and tells of every object in it", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 3), configMap("b", 4)));
  await withInformer(client, async ({ informer, changes }) => {
    await informer.whenSynced();
    equal(informer.synced, true);
    equal(informer.get("default/a")?.metadata.resourceVersion, "3");
    equal(informer.get("default/c"), undefined);
    deepEqual(sortedNames(informer.list()), ["a", "b"]);
    deepEqual(changes, ["a: - -> 3", "b: - -> 4"]);
  });
});

Deno.test("Informer follows events and leaves out those that tell nothing new", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
  await withInformer(client, async ({ informer, changes }) => {
    changes.length = 0;
    const watch = client.watching;
    await watch.send({ type: "ADDED", object: configMap("a", 3) });
    await watch.send({ type: "MODIFIED", object: configMap("a", 8) });
    await watch.send({ type: "ADDED", object: configMap("b", 9) });
    await watch.send({ type: "DELETED", object: configMap("a", 10) });
    await watch.send({ type: "DELETED", object: configMap("a", 10) });
    deepEqual(changes, ["a: 3 -> 8", "b: - -> 9", "a: 8 -> -"]);
    deepEqual(sortedNames(informer.list()), ["b"]);
  });
});

Deno.test("Informer tells after a new list of what changed and what is gone, once, and of nothing else", async () => {
  const client = new FakeListWatch(
    fakeList(7, configMap("same", 1), configMap("changed", 2), configMap("gone", 3)),
    fakeList(20, configMap("same", 1), configMap("changed", 15), configMap("new", 16)),
  );
  await withInformer(client, async ({ clock, changes, informer }) => {
    changes.length = 0;
    await clock.advance(5000);
    await client.watching.send({ type: "ERROR", error: EXPIRED });
    deepEqual(changes, ["gone: 3 -> -", "changed: 2 -> 15", "new: - -> 16"]);
    await client.watching.send({ type: "DELETED", object: configMap("gone", 19) });
    equal(changes.length, 3, "a late event about what is gone changes nothing");
    deepEqual(sortedNames(informer.list()), ["changed", "new", "same"]);
  });
});

Deno.test("Informer is not synced before the first full list, and stays so while the server is down", async () => {
  const client = new FakeListWatch(new Error("connection refused"));
  await withInformer(client, async ({ clock, informer }) => {
    equal(informer.synced, false);
    client.answer(fakeList(7));
    await clock.advance(60_000);
    await informer.whenSynced();
    await client.watching.end(new Error("connection reset"));
    equal(informer.synced, true);
  });
});

Deno.test("Informer.whenSynced() rejects when the informer is stopped before", async () => {
  const client = new FakeListWatch(new Error("connection refused"));
  const { informer, run, stop } = setUpInformer(client, new FakeClock());
  const ended = run();
  const synced = informer.whenSynced();
  stop.abort(new Error("shutting down"));
  await ended;
  await rejects(synced, /stopped before the cache of ConfigMap was synced/);
});

Deno.test("Informer calls its handlers when the cache holds the change, the whole list on a list", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 1), configMap("b", 2)));
  const clock = new FakeClock();
  const { informer, run, stop } = setUpInformer(client, clock);
  const seen: string[] = [];
  informer.onChange((key, _before, after) => {
    equal(informer.get(key), after);
    seen.push(`${informer.list().length} ${informer.synced}`);
  });
  const ended = run();
  await settle();
  await client.watching.send({ type: "DELETED", object: configMap("a", 8) });
  deepEqual(seen, ["2 true", "2 true", "1 true"]);
  stop.abort();
  await ended;
});

Deno.test("Informer outlives a handler that throws: logged, counted, the next handler called", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 1)));
  const clock = new FakeClock();
  const { informer, run, stop, log, registry } = setUpInformer(client, clock);
  const seen: string[] = [];
  informer.onChange(() => {
    throw new Error("handler bug");
  });
  informer.onChange((key) => seen.push(key));
  const ended = run();
  await settle();
  await client.watching.send({ type: "MODIFIED", object: configMap("a", 8) });
  deepEqual(seen, ["default/a", "default/a"]);
  equal(client.watches.length, 1, "the watch goes on");
  const labels = { kind: "ConfigMap", callback: "handler" };
  equal(registry.value("informer_callback_errors_total", labels), 2);
  const errors = log.lines.filter(({ level }) => level === "error");
  deepEqual(errors.map((line) => line.fields["key"]), ["default/a", "default/a"]);
  stop.abort();
  await ended;
});

/** Fails on version 10 of an object, and on the first one of `a`. */
function convertSome(object: KubeObject): KubeObject {
  const { name, resourceVersion } = object.metadata;
  if (resourceVersion === "10" || `${name}${resourceVersion}` === "a1") {
    throw new Error("converter bug");
  }
  return object;
}

Deno.test("Informer keeps the last version of an object that could be converted", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 1), configMap("b", 2)));
  await withInformer(client, async ({ informer, registry, changes, log }) => {
    const unreadable = () => registry.value("informer_unreadable_objects", { kind: "ConfigMap" });
    deepEqual(sortedNames(informer.list()), ["b"]);
    const labels = { kind: "ConfigMap", callback: "convert" };
    equal(registry.value("informer_callback_errors_total", labels), 1);
    equal(unreadable(), 1);
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 9) });
    equal(unreadable(), 0);
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 10) });
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 10) });
    equal(unreadable(), 1);
    equal(informer.get("default/a")?.metadata.resourceVersion, "9");
    equal(log.lines.filter(({ level }) => level === "error").length, 2, "once for each version");
    await client.watching.send({ type: "DELETED", object: configMap("a", 11) });
    equal(unreadable(), 0);
    deepEqual(changes, ["b: - -> 2", "a: - -> 9", "a: 9 -> -"]);
  }, { convert: convertSome });
});

Deno.test("Informer holds what it can of an unreadable object, also after the first list", async () => {
  const object = { ...configMap("a", 1), data: { value: "unreadable" } };
  const { metadata } = object;
  const labels = 5 as unknown as Record<string, string>;
  const client = new FakeListWatch(
    fakeList(7, { ...object, metadata: { ...metadata, labels, finalizers: ["f"] } }),
  );
  const problems: string[] = [];
  await withInformer(client, ({ informer }) => {
    deepEqual(informer.get("default/a"), {
      ...object,
      metadata: { ...metadata, finalizers: ["f"] },
    });
    deepEqual(problems, ["metadata.labels is not what it should be"]);
    return Promise.resolve();
  }, {
    unreadable: (usable, problem) => {
      problems.push(problem);
      return usable;
    },
  });
});

/** An object of that depth. */
function nested(levels: number): KubeObject {
  let data: unknown = {};
  for (let level = 0; level < levels; level++) data = { data };
  return { ...configMap("a", 2), data };
}

Deno.test("Informer keeps the last version of an object that nests 20,000 deep", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 1)));
  await withInformer(client, async ({ informer, log }) => {
    await client.watching.send({ type: "MODIFIED", object: nested(20_000) });
    equal(informer.get("default/a")?.metadata.resourceVersion, "1");
    const [line] = log.lines.filter(({ level }) => level === "error");
    match(String((line?.fields["error"] as Error).message), /^it nests deeper than 500 levels$/);
  });
});

Deno.test("Informer holds what is not nested deep of an object that nests 20,000 deep", async () => {
  const object = { ...nested(20_000), spec: { addresses: ["10.0.0.1"] } };
  await withInformer(new FakeListWatch(fakeList(7, object)), ({ informer }) => {
    deepEqual(informer.get("default/a")?.["spec"], object.spec);
    return Promise.resolve();
  }, { unreadable: (usable) => usable });
});

Deno.test("Informer takes nothing for deleted when a list has objects without a name", async () => {
  const client = new FakeListWatch(
    fakeList(7, configMap("a", 1), configMap("b", 2)),
    { ...fakeList(20, configMap("b", 3)), nameless: 1 },
  );
  await withInformer(client, async ({ informer, clock, changes }) => {
    await client.watching.end(new StatusError(410, "Expired", "too old"));
    await clock.advance(60_000);
    deepEqual(sortedNames(informer.list()), ["a", "b"]);
    equal(changes.at(-1), "b: 2 -> 3");
  });
});

Deno.test("Informer logs a bounded number of lines, however many objects are unreadable", async () => {
  const objects = Array.from({ length: 1000 }, (_, index) => configMap(`a${index}`, 10));
  await withInformer(new FakeListWatch(fakeList(7, ...objects)), ({ log, registry }) => {
    ok(log.lines.length < 30, String(log.lines.length));
    equal(registry.value("informer_unreadable_objects", { kind: "ConfigMap" }), 1000);
    return Promise.resolve();
  }, { convert: convertSome });
});

Deno.test("Informer keeps objects frozen throughout", async () => {
  const object = configMap("a", 1, "x");
  await withInformer(new FakeListWatch(fakeList(7, object)), ({ informer }) => {
    const held = informer.get("default/a");
    deepEqual(held, object);
    throws(() => Object.assign(held?.["data"] as object, { value: "y" }), TypeError);
    throws(() => Object.assign(held?.metadata as object, { name: "y" }), TypeError);
    return Promise.resolve();
  });
});

Deno.test("Informer finds objects by index, through changes and deletions", async () => {
  const valuesOf = (object: KubeObject) => {
    const data = object["data"] as { readonly value: string };
    return data.value.split(",").filter((value) => value !== "");
  };
  const client = new FakeListWatch(
    fakeList(7, configMap("a", 1, "red,blue"), configMap("b", 2, "red"), configMap("c", 3)),
  );
  await withInformer(client, async ({ informer }) => {
    deepEqual(sortedNames(informer.byIndex("color", "red")), ["a", "b"]);
    deepEqual(sortedNames(informer.byIndex("color", "green")), []);
    await client.watching.send({ type: "MODIFIED", object: configMap("a", 8, "green,blue") });
    await client.watching.send({ type: "DELETED", object: configMap("b", 9, "red") });
    deepEqual(sortedNames(informer.byIndex("color", "red")), []);
    deepEqual(sortedNames(informer.byIndex("color", "green")), ["a"]);
    throws(() => informer.byIndex("colour", "red"), /there is no index "colour"/);
  }, { indexes: { color: valuesOf } });
});

Deno.test("Informer hands its convert function nothing that it could change", async () => {
  const given: KubeObject[] = [];
  const client = new FakeListWatch(fakeList(7, configMap("a", 1)));
  await withInformer(client, async () => {
    await client.watching.send({ type: "ADDED", object: configMap("b", 8) });
    equal(given.length, 2);
    for (const object of given) ok(Object.isFrozen(object) && Object.isFrozen(object.metadata));
  }, {
    convert: (object) => {
      given.push(object);
      return { ...object };
    },
  });
});

Deno.test("Informer asks for its namespace and its selectors only", async () => {
  const selection = {
    namespace: "default",
    fieldSelector: "metadata.name=a",
    labelSelector: "app=agent",
  };
  const client = new FakeListWatch(fakeList(7));
  await withInformer(client, () => {
    const { namespace, fieldSelector, labelSelector } = client.watching.options;
    deepEqual({ namespace, fieldSelector, labelSelector }, selection);
    deepEqual(client.lists[0], { ...selection, limit: 500, continue: "" });
    ok(client.watches.length === 1);
    return Promise.resolve();
  }, selection);
});
