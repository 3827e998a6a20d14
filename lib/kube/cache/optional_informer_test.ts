import assert from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import { StatusError } from "../contract.ts";
import { OptionalInformer } from "./optional_informer.ts";

const MISSING = new StatusError(
  404,
  "NotFound",
  "the server could not find the requested resource",
);
const FORBIDDEN = new StatusError(403, "Forbidden", "configmaps is forbidden");
const RETRY_MS_MAX = 30_000;

function setUp(client: FakeListWatch, isOnDemand = false) {
  const clock = new FakeClock();
  let onList: (error?: unknown) => void = () => {};
  const { informer, log, registry, stop, changes } = setUpInformer(client, clock, {
    onList: (error) => onList(error),
  });
  const parts = { client, type: CONFIG_MAPS, clock, random: () => 1, log, registry };
  const optional = new OptionalInformer((each) => (onList = each, informer), {
    ...parts,
    isOnDemand,
  });
  const available = () => registry.value("informer_kind_available", { kind: "ConfigMap" });
  return { clock, log, stop, changes, optional, available, run: () => optional.run(stop.signal) };
}

Deno.test("OptionalInformer begins when the server has the kind, and says once that it has not", async () => {
  const client = new FakeListWatch(
    MISSING,
    MISSING,
    MISSING,
    fakeList(7),
    fakeList(7, configMap("a", 3)),
  );
  const { clock, log, stop, changes, optional, available, run } = setUp(client);
  const ended = run();
  await clock.advance(3000);
  assert.equal(client.lists.length, 3);
  assert.deepEqual(log.lines.map(({ level, msg }) => `${level} ${msg}`), [
    "info kind is not installed, the program works on without it",
  ]);
  assert.deepEqual([optional.synced, available()], [false, 0]);
  await clock.advance(4000);
  await optional.whenSynced();
  assert.deepEqual([optional.synced, available(), changes], [true, 1, ["a: - -> 3"]]);
  assert.ok(log.lines.some(({ msg }) => msg === "kind can be read from now on"));
  stop.abort();
  await ended;
});

Deno.test("OptionalInformer asks a server that is overloaded again soon, and for a missing kind ever more seldom", async () => {
  const overloaded = new StatusError(429, "TooManyRequests", "try again later");
  const client = new FakeListWatch(overloaded, ...Array.from({ length: 20 }, () => MISSING));
  const { clock, stop, run } = setUp(client);
  const ended = run();
  await clock.advance(1000);
  assert.equal(client.lists.length, 2);
  await clock.advance(1000 + 10 * RETRY_MS_MAX);
  assert.ok(client.lists.length >= 12 && client.lists.length <= 16, `${client.lists.length} lists`);
  stop.abort();
  await ended;
});

Deno.test("OptionalInformer tells a kind that is missing from one that may not be read", async () => {
  const client = new FakeListWatch(MISSING, FORBIDDEN, FORBIDDEN, MISSING);
  const { clock, log, stop, run } = setUp(client);
  const ended = run();
  await clock.advance(7000);
  assert.deepEqual(log.lines.map(({ level, msg }) => `${level} ${msg}`), [
    "info kind is not installed, the program works on without it",
    "warn kind may not be listed, the program works on without it",
    "info kind is not installed, the program works on without it",
  ]);
  stop.abort();
  await ended;
});

Deno.test("OptionalInformer asks for nothing on demand before somebody asks for an object", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
  const { clock, stop, optional, run } = setUp(client, true);
  const ended = run();
  await clock.advance(10 * RETRY_MS_MAX);
  assert.equal(client.lists.length, 0);
  assert.equal(optional.get("default/a"), undefined);
  await optional.whenSynced();
  assert.equal(optional.get("default/a")?.metadata.resourceVersion, "3");
  stop.abort();
  await ended;
});

Deno.test("OptionalInformer ends without a timer when it never began, and those that wait for it hear of it", async () => {
  for (const isOnDemand of [false, true]) {
    const { clock, stop, optional, run } = setUp(new FakeListWatch(MISSING), isOnDemand);
    const refused = assert.rejects(optional.whenSynced(), /stopped before the cache/);
    const ended = run();
    await settle();
    stop.abort();
    await ended;
    await refused;
    assert.equal(clock.sleeping, 0);
  }
});

Deno.test("OptionalInformer shows when the kind that it follows is uninstalled, and when it is back", async () => {
  const client = new FakeListWatch(fakeList(7), fakeList(7, configMap("a", 3)), MISSING);
  const { clock, stop, optional, available, run } = setUp(client);
  const ended = run();
  await optional.whenSynced();
  await settle();
  assert.equal(available(), 1);
  await client.watching.end(MISSING);
  await clock.advance(RETRY_MS_MAX);
  assert.equal(available(), 0);
  assert.equal(optional.get("default/a")?.metadata.resourceVersion, "3", "what was known stays");
  client.answer(fakeList(9, configMap("a", 8)));
  await clock.advance(2 * RETRY_MS_MAX);
  assert.deepEqual([available(), optional.get("default/a")?.metadata.resourceVersion], [1, "8"]);
  stop.abort();
  await ended;
});
