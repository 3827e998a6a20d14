import assert from "node:assert/strict";
import { FakeInformer } from "../../../tests/support/kube/fake_informer.ts";
import type { KubeObject, Parsed } from "../../api/meta.ts";
import { IPPOOLS } from "../../api/resources.ts";
import { type KubeClient, StatusError } from "../../kube/contract.ts";
import { TerminalError } from "./control_loop.ts";
import { FreshCache } from "./fresh_cache.ts";
import { ObjectWriter, type RoundResult } from "./object_writer.ts";

const CONFLICT = new StatusError(409, "Conflict", "the object has been modified");
const NOT_FOUND = new StatusError(404, "NotFound", "not found");

function version(resourceVersion: string, uid = "1"): KubeObject {
  const metadata = { name: "a", namespace: "n", uid, resourceVersion };
  return { apiVersion: "network.harvesterhci.io/v1alpha1", kind: "IPPool", metadata };
}

function parse(raw: unknown): Parsed<KubeObject> {
  return { ok: true, value: raw as KubeObject };
}

/** A writer whose cache holds version 1, over a server that answers reads as given. */
function setUp(
  read: KubeObject | StatusError,
): { writer: ObjectWriter<KubeObject>; reads: string[] } {
  const informer = new FakeInformer(parse);
  informer.put(version("1"));
  const reads: string[] = [];
  const client: Pick<KubeClient, "get"> = {
    get: (_type, { namespace, name }) => {
      reads.push(`${namespace}/${name}`);
      return read instanceof StatusError ? Promise.reject(read) : Promise.resolve(read);
    },
  };
  const cache = new FreshCache(informer, parse);
  const recorder = { record: () => {} };
  return { writer: new ObjectWriter(client as KubeClient, IPPOOLS, cache, recorder), reads };
}

/** Rounds that end as listed, and the versions that they were planned from. */
function rounds(writer: ObjectWriter<KubeObject>, ...ends: readonly (RoundResult | StatusError)[]) {
  const planned: (string | undefined)[] = [];
  const round = (): Promise<RoundResult> => {
    const end = ends[planned.length] ?? CONFLICT;
    planned.push(writer.cache.get("n/a")?.object.metadata.resourceVersion);
    return end instanceof StatusError ? Promise.reject(end) : Promise.resolve(end);
  };
  return { planned, round };
}

const SIGNAL = new AbortController().signal;

Deno.test("settle() plans again after a write until nothing is left", async () => {
  const { writer } = setUp(NOT_FOUND);
  const { planned, round } = rounds(writer, "written", "settled");
  await writer.settle("n/a", round, SIGNAL);
  assert.deepEqual(planned, ["1", "1"]);
});

Deno.test("settle() plans again from the server's state after a conflict", async () => {
  const { writer, reads } = setUp(version("2"));
  const { planned, round } = rounds(writer, CONFLICT, "settled");
  await writer.settle("n/a", round, SIGNAL);
  assert.deepEqual([planned, reads], [["1", "2"], ["n/a"]]);
});

Deno.test("settle() gives up when the conflicts do not end", async () => {
  const { writer } = setUp(version("2"));
  const { planned, round } = rounds(writer);
  await assert.rejects(writer.settle("n/a", round, SIGNAL), CONFLICT);
  assert.equal(planned.length, 5);
});

Deno.test("settle() fails when every round writes, so that the key comes back with a delay", async () => {
  const { writer } = setUp(NOT_FOUND);
  const { planned, round } = rounds(writer, ...Array<RoundResult>(6).fill("written"));
  await assert.rejects(writer.settle("n/a", round, SIGNAL), {
    message: "IPPool n/a does not come to rest: each of 5 rounds had something to write",
  });
  assert.equal(planned.length, 5);
});

const ENDS: readonly { name: string; read: KubeObject | StatusError; end: StatusError }[] = [
  { name: "the object is gone", read: NOT_FOUND, end: NOT_FOUND },
  { name: "the object is gone after a conflict", read: NOT_FOUND, end: CONFLICT },
  { name: "another object has the name after a conflict", read: version("2", "9"), end: CONFLICT },
];

for (const { name, read, end } of ENDS) {
  Deno.test(`settle() ends quietly when ${name}`, async () => {
    const { writer } = setUp(read);
    const { planned, round } = rounds(writer, end, "settled");
    await writer.settle("n/a", round, SIGNAL);
    assert.deepEqual(planned, ["1"]);
  });
}

Deno.test("settle() passes other refusals on", async () => {
  const { writer } = setUp(version("2"));
  const forbidden = new StatusError(403, "Forbidden", "no");
  await assert.rejects(writer.settle("n/a", rounds(writer, forbidden).round, SIGNAL), forbidden);
});

Deno.test("settle() begins nothing after a conflict once the program ends", async () => {
  const { writer, reads } = setUp(version("2"));
  const { round } = rounds(writer, CONFLICT, "settled");
  await assert.rejects(writer.settle("n/a", round, AbortSignal.abort()), CONFLICT);
  assert.deepEqual(reads, []);
});

Deno.test("settle() calls it terminal when the server finds the object invalid or too large", async () => {
  for (const [code, reason] of [[422, "Invalid"], [413, "RequestEntityTooLarge"]] as const) {
    const { writer, reads } = setUp(NOT_FOUND);
    const { round } = rounds(writer, new StatusError(code, reason, "status.ipv4 is wrong"));
    await assert.rejects(() => writer.settle("n/a", round, SIGNAL), TerminalError);
    assert.deepEqual(reads, []);
  }
});

Deno.test("ObjectWriter tells own writes from those of others, be it in the same process", async () => {
  const informer = new FakeInformer(parse);
  informer.put(version("9"));
  const cache = new FreshCache(informer, parse);
  let answer = version("10");
  const client: Pick<KubeClient, "replace"> = { replace: () => Promise.resolve(answer) };
  const recorder = { record: () => {} };
  const [writer, other] = [0, 1].map(() =>
    new ObjectWriter(client as KubeClient, IPPOOLS, cache, recorder)
  );
  const seen: string[] = [];
  writer!.onChange(({ isOwnWrite }) => seen.push(isOwnWrite ? "own" : "foreign"));
  other!.onChange(({ isOwnWrite }) => seen.push(isOwnWrite ? "own of the other" : "foreign"));

  await writer!.putStatus(version("9"), {}, SIGNAL);
  informer.put({ ...version("10"), status: {} });
  assert.deepEqual(seen.splice(0), ["own", "foreign"]);
  informer.put(version("11"));
  assert.deepEqual(seen.splice(0), ["foreign", "foreign"]);
  answer = version("12");
  await other!.putStatus(version("11"), {}, SIGNAL);
  informer.put({ ...answer, status: {} });
  assert.deepEqual(seen.splice(0), ["foreign", "own of the other"]);
  informer.remove("n/a");
  assert.deepEqual(seen, ["foreign", "foreign"]);
});

Deno.test("ObjectWriter knows its own version also when the watch is faster than the answer", async () => {
  const informer = new FakeInformer(parse);
  informer.put(version("9"));
  const cache = new FreshCache(informer, parse);
  const answers = [1, 2, 3].map(() => Promise.withResolvers<KubeObject>());
  let writes = 0;
  const write = () => answers[writes++]!.promise;
  const client: Pick<KubeClient, "replace" | "mergePatch"> = { replace: write, mergePatch: write };
  const writer = new ObjectWriter(client as KubeClient, IPPOOLS, cache, { record: () => {} });
  const seen: (boolean | "gone")[] = [];
  writer.onChange(({ after, isOwnWrite }) => seen.push(after === undefined ? "gone" : isOwnWrite));

  const put = writer.putStatus(version("9"), {}, SIGNAL);
  informer.put({ ...version("10"), status: {} });
  assert.deepEqual(seen, [], "whose it is will be known");
  answers[0]!.resolve(version("10"));
  await put;
  assert.deepEqual(seen.splice(0), [true]);

  const patch = writer.patchMetadata(version("10"), { finalizers: ["a"] }, SIGNAL);
  informer.put(version("11"));
  answers[1]!.reject(CONFLICT);
  await assert.rejects(patch, CONFLICT);
  assert.deepEqual(seen.splice(0), [false], "somebody else was faster");

  void writer.putStatus(version("11"), {}, SIGNAL);
  informer.remove("n/a");
  assert.deepEqual(seen, ["gone"], "a write that hangs keeps nobody from that");
});

Deno.test("ObjectWriter calls a version foreign when the server has dropped a part of what was sent", async () => {
  const informer = new FakeInformer(parse);
  informer.put(version("9"));
  const client: Pick<KubeClient, "replace"> = { replace: () => Promise.resolve(version("10")) };
  const recorder = { record: () => {} };
  const cache = new FreshCache(informer, parse);
  const writer = new ObjectWriter(client as KubeClient, IPPOOLS, cache, recorder);
  const seen: boolean[] = [];
  writer.onChange(({ isOwnWrite }) => seen.push(isOwnWrite));
  await writer.putStatus(version("9"), { ipv4: { used: 1, hostnames: {} } }, SIGNAL);
  informer.put({ ...version("10"), status: { ipv4: { used: 1 } } });
  assert.deepEqual(seen, [false]);
  assert.deepEqual(writer.cache.get("n/a")?.object["status"], { ipv4: { used: 1 } });
});

Deno.test("ObjectWriter patches and deletes the version that it was given only", async () => {
  const requests: unknown[] = [];
  const client: Pick<KubeClient, "create" | "mergePatch" | "delete"> = {
    create: (_type, object) => Promise.resolve(object),
    mergePatch: (_type, _name, patch) => (requests.push(patch), Promise.resolve(version("2"))),
    delete: (_type, _name, options) => {
      requests.push(options?.preconditions);
      return Promise.resolve();
    },
  };
  const informer = new FakeInformer(parse);
  const cache = new FreshCache(informer, parse);
  const recorder = { record: () => {} };
  const writer = new ObjectWriter(client as KubeClient, IPPOOLS, cache, recorder);
  const own: boolean[] = [];
  writer.onChange(({ isOwnWrite }) => void own.push(isOwnWrite));
  await writer.create(version("1"), SIGNAL);
  informer.put(version("1"));
  const patch = { metadata: { labels: { a: "b" } }, spec: { paused: true } };
  await writer.patch(version("1"), patch, SIGNAL);
  informer.put(version("2"));
  await writer.delete(version("2"), SIGNAL);
  assert.deepEqual(requests, [
    { ...patch, metadata: { ...patch.metadata, resourceVersion: "1" } },
    { uid: "1", resourceVersion: "2" },
  ]);
  assert.deepEqual(own, [true, true]);
});

Deno.test("ObjectWriter knows its own write again in a cache that keeps a part of each object", async () => {
  const extract = ({ apiVersion, kind, metadata }: KubeObject) => ({ apiVersion, kind, metadata });
  const informer = new FakeInformer(parse);
  const client: Pick<KubeClient, "create"> = {
    create: () => Promise.resolve({ ...version("1"), spec: { large: true } }),
  };
  const cache = new FreshCache(informer, parse);
  const recorder = { record: () => {} };
  const writer = new ObjectWriter(client as KubeClient, IPPOOLS, cache, recorder, extract);
  const own: boolean[] = [];
  writer.onChange(({ isOwnWrite }) => void own.push(isOwnWrite));
  await writer.create(version("1"), SIGNAL);
  informer.put(version("1"));
  assert.deepEqual(own, [true]);
  assert.equal(cache.get("n/a")?.object["spec"], undefined);
});
