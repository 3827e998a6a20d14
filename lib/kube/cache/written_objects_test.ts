import { deepEqual, equal, ok } from "node:assert/strict";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import type { KubeObject } from "../../api/meta.ts";
import type { WrittenObject } from "../contract.ts";
import { WrittenObjects } from "./written_objects.ts";

const KEY = "default/a";

function written(version: number): WrittenObject<string> {
  return { object: configMap("a", version), chars: 1, value: `value ${version}` };
}

Deno.test("WrittenObjects waits for a write under way before it says what was written", async () => {
  const writes = new WrittenObjects<string>();
  const write = Promise.withResolvers<WrittenObject<string>>();
  writes.expect(KEY, write.promise);
  let found: unknown = "waits";
  const finding = writes.find(KEY, "7").then((answer) => (found = answer));
  equal(await writes.find("default/b", "7"), undefined, "of another object nothing is awaited");
  await settle();
  equal(found, "waits");
  const made = written(7);
  write.resolve(made);
  equal(await finding, made);
  equal(writes.take(KEY, made.object), "value 7");
  equal(await writes.find(KEY, "7"), undefined);
});

Deno.test("WrittenObjects gives what belongs to a version that was read only if that is what was written", async () => {
  const writes = new WrittenObjects<string>();
  writes.expect(KEY, Promise.resolve(written(7)));
  await settle();
  equal(writes.take(KEY, configMap("a", 6)), undefined);
  const changed = { ...configMap("a", 7), data: { by: "the server" } };
  equal(writes.take(KEY, changed), undefined);
  equal(writes.take(KEY, configMap("a", 7)), "value 7");
  equal(writes.take(KEY, configMap("a", 7)), undefined, "once");
});

Deno.test("WrittenObjects knows a version while the next one is being written", async () => {
  const writes = new WrittenObjects<string>();
  const [first, second] = [written(7), written(8)];
  writes.expect(KEY, Promise.resolve(first));
  await settle();
  const next = Promise.withResolvers<WrittenObject<string>>();
  writes.expect(KEY, next.promise);
  equal(await writes.find(KEY, "7"), first);
  next.resolve(second);
  equal(await writes.find(KEY, "8"), second);
  equal(writes.take(KEY, second.object), "value 8", "a watch may pass versions over");
  equal(await writes.find(KEY, "7"), undefined);
});

Deno.test("WrittenObjects knows nothing of a write that failed, or of an object that is gone", async () => {
  const writes = new WrittenObjects<string>();
  writes.expect(KEY, Promise.reject(new Error("reset")));
  equal(await writes.find(KEY, "7"), undefined);
  writes.expect(KEY, Promise.resolve(undefined));
  equal(await writes.find(KEY, "7"), undefined);
  writes.expect(KEY, Promise.resolve(written(7)));
  await settle();
  writes.forget(KEY);
  equal(await writes.find(KEY, "7"), undefined);
});

Deno.test("WrittenObjects holds few versions of an object that no watch brings", async () => {
  const writes = new WrittenObjects<string>();
  for (const version of [7, 8, 9]) {
    writes.expect(KEY, Promise.resolve(written(version)));
    await settle();
  }
  equal(await writes.find(KEY, "7"), undefined);
  equal((await writes.find(KEY, "8"))?.value, "value 8");
});

Deno.test("Informer takes over what this process wrote, without converting it", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
  const converted: (string | undefined)[] = [];
  const convert = (object: KubeObject) => {
    converted.push(object.metadata.resourceVersion);
    return object;
  };
  const { informer, changes, stop, run } = setUpInformer(client, new FakeClock(), { convert });
  const ended = run();
  await informer.whenSynced();
  const [object, value] = [configMap("a", 8), configMap("a", 8)];
  informer.expect(KEY, Promise.resolve({ object, value, chars: 1 }));
  await settle();
  const { known } = client.watching.options;
  equal((await known?.(KEY, "8"))?.object, object);
  equal(await known?.(KEY, "9"), undefined);
  await client.watching.send({ type: "MODIFIED", object });
  equal(informer.get(KEY), value);
  ok(Object.isFrozen(value.metadata));
  deepEqual([converted, changes], [["3"], ["a: - -> 3", "a: 3 -> 8"]]);
  stop.abort();
  await ended;
});
