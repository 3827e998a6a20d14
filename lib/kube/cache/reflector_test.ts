/** How lists and watches follow each other; what the cache makes of them is tested with it. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { FakeClock, settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { setUpInformer } from "../../../tests/support/kube/informer_setup.ts";
import { configMap } from "../../../tests/support/kube/kube_samples.ts";
import { StatusError } from "../contract.ts";

const EXPIRED = new StatusError(410, "Expired", "too old resource version");
const AHEAD = new StatusError(504, "Timeout", "Too large resource version: 9, current: 5", [
  { field: "", message: "Too large resource version", reason: "ResourceVersionTooLarge" },
]);

/** Runs a test with an informer over a fake; whatever the test leaves going has to end then. */
async function withReflector(
  client: FakeListWatch,
  test: (setup: ReturnType<typeof setUpInformer> & { readonly clock: FakeClock }) => Promise<void>,
): Promise<void> {
  const clock = new FakeClock();
  const setup = setUpInformer(client, clock);
  const ended = setup.run();
  await settle();
  await test({ ...setup, clock });
  setup.stop.abort();
  await ended;
  equal(clock.sleeping, 0, "no timer is left");
}

Deno.test("Reflector lists from etcd first and watches from there with bookmarks", async () => {
  const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
  await withReflector(client, async () => {
    deepEqual(client.lists, [{ limit: 500, continue: "" }]);
    const { signal: _, known: __, ...asked } = client.watching.options;
    deepEqual(asked, {
      resourceVersion: "7",
      allowWatchBookmarks: true,
      timeoutSeconds: 450,
      idleMsMax: 90_000,
    });
    await settle();
  });
});

Deno.test("Reflector watches on from the newest version it saw, bookmarks included, without listing", async () => {
  const client = new FakeListWatch(fakeList(7));
  await withReflector(client, async ({ clock }) => {
    await client.watching.send({ type: "ADDED", object: configMap("a", 8) });
    await client.watching.end();
    equal(client.watching.options.resourceVersion, "8");
    await client.watching.send({ type: "BOOKMARK", resourceVersion: "108" });
    await client.watching.end();
    equal(client.watching.options.resourceVersion, "108");
    equal(client.watches.length, 3, "a watch that brought something is followed at once");
    await clock.advance(5000);
    await client.watching.end();
    equal(client.watches.length, 4, "and so is one that lasted");
    equal(client.lists.length, 1);
  });
});

for (
  const [how, expire] of Object.entries({
    "as the answer": (client: FakeListWatch) => client.watching.end(EXPIRED),
    "as an event": (client: FakeListWatch) =>
      client.watching.send({ type: "ERROR", error: EXPIRED }),
    "as a version ahead of the server": (client: FakeListWatch) => client.watching.end(AHEAD),
  })
) {
  Deno.test(`Reflector lists again from etcd when the watch is too old, ${how}`, async () => {
    const client = new FakeListWatch(fakeList(7), fakeList(20));
    await withReflector(client, async ({ clock }) => {
      await clock.advance(10_000);
      await expire(client);
      deepEqual(client.lists, Array(2).fill({ limit: 500, continue: "" }));
      equal(client.watching.options.resourceVersion, "20");
    });
  });
}

Deno.test("Reflector does not spin when the server refuses what it just listed", async () => {
  const client = new FakeListWatch(fakeList(7));
  await withReflector(client, async ({ clock }) => {
    const startMs = clock.nowMs();
    for (let times = 0; times < 12; times++) {
      await client.watching.end(EXPIRED);
      await clock.advance(clock.nextDueMs ?? 0);
    }
    equal(client.lists.length, 13);
    ok(clock.nowMs() - startMs > 120_000, "twelve times take minutes");
  });
});

Deno.test("Reflector counts a watch that ends within a second without an event as a failure", async () => {
  const client = new FakeListWatch(fakeList(7));
  await withReflector(client, async ({ clock, registry }) => {
    await client.watching.end();
    equal(client.watches.length, 1);
    equal(clock.nextDueMs, 600, "three quarters of 0.8 s, by the random number of the test");
    await clock.advance(600);
    equal(client.watches.length, 2);
    equal(
      registry.value("reflector_short_watches_total", { resource: "configmaps" }),
      1,
    );
    equal(registry.value("reflector_watches_total", { resource: "configmaps" }), 2);
    equal(registry.value("reflector_lists_total", { resource: "configmaps" }), 1);
  });
});

Deno.test("Reflector waits twice as long after each failure up to 30 s, and starts over after two quiet minutes", async () => {
  const client = new FakeListWatch(new Error("connection refused"));
  await withReflector(client, async ({ clock, log }) => {
    const waitsMs: (number | undefined)[] = [];
    for (let failures = 0; failures < 8; failures++) {
      waitsMs.push(clock.nextDueMs);
      if (failures === 7) client.answer(fakeList(7));
      await clock.advance(clock.nextDueMs ?? 0);
    }
    deepEqual(waitsMs, [600, 1200, 2400, 4800, 9600, 19_200, 22_500, 22_500]);
    equal(log.lines.filter((line) => line.msg === "list failed").length, 9);
    await clock.advance(22_500);
    equal(client.watches.length, 1, "it is back");
    await clock.advance(120_000);
    await client.watching.end(new Error("reset"));
    await settle();
    equal(log.lines.at(-1)?.fields["retryMs"], 600);
  });
});

Deno.test("Reflector makes at most 12 lists a minute while the server is down, whatever the chance", async () => {
  for (const chance of [0, 0.5, 0.999]) {
    const client = new FakeListWatch(new Error("connection refused"));
    const clock = new FakeClock();
    const setup = setUpInformer(client, clock, { random: () => chance });
    const ended = setup.run();
    let before = 0;
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000);
      const lists = client.lists.length - before;
      ok(lists <= 12 && lists >= 1, `${lists} lists in minute ${minute} with ${chance}`);
      before = client.lists.length;
    }
    setup.stop.abort();
    await ended;
  }
});

Deno.test("Reflector keeps what it has and does not list when a watch meets a broken or busy server", async () => {
  const failures = [
    new StatusError(500, "InternalError", "etcd is down"),
    new StatusError(429, "TooManyRequests", "slow down", [], 7),
    new Error("connection reset"),
  ];
  const client = new FakeListWatch(fakeList(7, configMap("a", 3)));
  await withReflector(client, async ({ clock, informer }) => {
    for (const failure of failures) {
      const watches = client.watches.length;
      await client.watching.end(failure);
      ok(informer.synced && informer.get("default/a") !== undefined);
      const waitMs = clock.nextDueMs ?? 0;
      if (failure instanceof StatusError && failure.code === 429) equal(waitMs, 7000);
      equal(client.watches.length, watches, "not at once");
      await clock.advance(waitMs);
      equal(client.watches.length, watches + 1);
      equal(client.watching.options.resourceVersion, "7");
    }
    equal(client.lists.length, 1);
  });
});

Deno.test("Reflector lists again when the server refuses the watch for good", async () => {
  const gone = new StatusError(404, "NotFound", "the server could not find the requested resource");
  const client = new FakeListWatch(fakeList(7), gone, fakeList(30));
  await withReflector(client, async ({ clock }) => {
    await client.watching.end(gone);
    await clock.advance(10_000);
    deepEqual(client.lists.map((list) => list.resourceVersion), [undefined, "7", "7"]);
    equal(client.watching.options.resourceVersion, "30");
  });
});

Deno.test("Reflector gives up a watch that the server does not end 15 s after the agreed time", async () => {
  const client = new FakeListWatch(fakeList(7));
  await withReflector(client, async ({ clock }) => {
    await clock.advance(464_999);
    equal(client.watching.options.signal?.aborted, false);
    await clock.advance(1);
    equal(client.watches[0]?.options.signal?.aborted, true);
    await clock.advance(1000);
    equal(client.watches.length, 2);
  });
});

Deno.test("Reflector draws the length of each watch between 300 and 600 s", async () => {
  for (const [chance, seconds] of [[0, 300], [0.999, 599]] as const) {
    const client = new FakeListWatch(fakeList(7));
    const setup = setUpInformer(client, new FakeClock(), { random: () => chance });
    const ended = setup.run();
    await settle();
    equal(client.watching.options.timeoutSeconds, seconds);
    setup.stop.abort();
    await ended;
  }
});
