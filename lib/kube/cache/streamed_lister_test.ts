import { deepEqual, equal, rejects } from "node:assert/strict";
import { settle } from "../../../tests/support/clocks/fake_clock.ts";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import { RecordingLogger } from "../../../tests/support/metrics/recording_logger.ts";
import { StatusError } from "../contract.ts";
import { StreamedLister } from "./streamed_lister.ts";

const EXPIRED = new StatusError(410, "Expired", "too old");

function setUp(...lists: ConstructorParameters<typeof FakeListWatch>) {
  const client = new FakeListWatch(...lists);
  client.streamsLists = true;
  const selection = { client, type: CONFIG_MAPS, namespace: "default", labelSelector: "a=b" };
  const lister = new StreamedLister(selection, new RecordingLogger());
  const stop = new AbortController();
  return { client, list: (version = "") => lister.list(version, stop.signal), stop };
}

/** Lets a stream list these and end. */
async function stream(client: FakeListWatch, version: number, ...names: readonly string[]) {
  for (const name of names) {
    await client.watching.send({ type: "ADDED", object: configMap(name, version) });
  }
  const resourceVersion = String(version);
  await client.watching.send({ type: "BOOKMARK", resourceVersion, endsInitialEvents: true });
}

Deno.test("StreamedLister takes the first events of a watch for a list, up to the bookmark that ends it", async () => {
  const { client, list } = setUp();
  const listed = list("7");
  const { signal: _, ...asked } = client.watching.options;
  deepEqual(asked, {
    namespace: "default",
    labelSelector: "a=b",
    resourceVersion: "7",
    sendInitialEvents: true,
    allowWatchBookmarks: true,
    timeoutSeconds: 120,
    idleMsMax: 15_000,
  });
  await client.watching.send({ type: "ADDED", object: configMap("a", 3) });
  await client.watching.send({ type: "ADDED", object: configMap("b", 4) });
  await client.watching.send({ type: "BOOKMARK", resourceVersion: "8" });
  await client.watching.send({ type: "MODIFIED", object: configMap("a", 9) });
  await client.watching.send({ type: "DELETED", object: configMap("b", 10) });
  await stream(client, 11, "c");
  deepEqual(await listed, {
    resourceVersion: "11",
    objects: [configMap("a", 9), configMap("c", 11)],
    isWhole: true,
  });
  equal(client.lists.length, 0);
});

/** What a server says that does not stream, how it says so, and whether it is asked again. */
const REFUSALS: readonly (readonly [string, StatusError, "answer" | "event", number])[] = [
  ["does not know streams", new StatusError(422, "Invalid", "forbidden"), "answer", 1],
  ["is over an old etcd", new StatusError(500, "InternalError", "storage"), "event", 2],
];

for (const [what, refusal, how, watches] of REFUSALS) {
  Deno.test(`StreamedLister lists at once from a server that ${what}`, async () => {
    const { client, list } = setUp(fakeList(7, configMap("a", 3)));
    const first = list();
    if (how === "answer") await client.watching.end(refusal);
    else await client.watching.send({ type: "ERROR", error: refusal });
    const objects = [configMap("a", 3)];
    deepEqual(await first, { resourceVersion: "7", objects, isWhole: true });
    const second = list();
    if (watches === 2) await stream(client, 9);
    await second;
    equal(client.watches.length, watches);
  });
}

/** Ways in which a stream breaks. */
const BREAKS: Readonly<Record<string, Error | undefined>> = {
  "ends early": undefined,
  "is reset": new Error("connection reset"),
  "is put off": new StatusError(429, "TooManyRequests", "slow down", [], 7),
};

for (const [what, failure] of Object.entries(BREAKS)) {
  Deno.test(`StreamedLister lists the next time after a stream that ${what}, and then streams again`, async () => {
    const { client, list } = setUp(fakeList(7));
    const first = rejects(list(), failure ?? /ended a list before its end/);
    await client.watching.send({ type: "ADDED", object: configMap("a", 3) });
    await client.watching.end(failure);
    await first;
    equal((await list()).resourceVersion, "7");
    equal(client.watches.length, 1);
    const third = list();
    await stream(client, 9);
    equal((await third).resourceVersion, "9");
  });
}

Deno.test("StreamedLister passes on that a version is too old, and streams the next list", async () => {
  const { client, list } = setUp();
  const first = rejects(list("7"), EXPIRED);
  await client.watching.end(EXPIRED);
  await first;
  const second = list();
  await stream(client, 9, "a");
  equal((await second).objects.length, 1);
});

Deno.test("StreamedLister asks nothing more when it is aborted", async () => {
  const { client, list, stop } = setUp(fakeList(7));
  const listed = rejects(list());
  stop.abort();
  await settle();
  await listed;
  equal(client.lists.length, 0);
});
