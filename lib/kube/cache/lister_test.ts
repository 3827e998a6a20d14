import { deepEqual, equal, rejects } from "node:assert/strict";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import type { KubeObject } from "../../api/meta.ts";
import { type KubeList, type ListOptions, StatusError } from "../contract.ts";
import { isAheadOfServer, isExpired, listAll } from "./lister.ts";

const EXPIRED = new StatusError(410, "Expired", "the continue token is too old");

function page(token: string, ...names: readonly string[]) {
  return { ...fakeList(50, ...names.map((name) => configMap(name, 1))), continue: token };
}

function list(client: FakeListWatch, resourceVersion: string) {
  const selection = { client, type: CONFIG_MAPS, namespace: "default", fieldSelector: "a=b" };
  return listAll(selection, resourceVersion, new AbortController().signal);
}

const SELECTION = { namespace: "default", fieldSelector: "a=b" };

Deno.test("listAll() follows the pages of a list from etcd to the last", async () => {
  const client = new FakeListWatch(page("t1", "a", "b"), page("t2", "c"), page("", "d"));
  const snapshot = await list(client, "");
  deepEqual(snapshot.objects.map((object) => object.metadata.name), ["a", "b", "c", "d"]);
  equal(snapshot.resourceVersion, "50");
  deepEqual(client.lists, [
    { ...SELECTION, limit: 500, continue: "" },
    { ...SELECTION, limit: 500, continue: "t1" },
    { ...SELECTION, limit: 500, continue: "t2" },
  ]);
});

Deno.test("listAll() asks for no pages where the server answers from memory", async () => {
  const client = new FakeListWatch(page("", "a"));
  await list(client, "0");
  deepEqual(client.lists, [{ ...SELECTION, resourceVersion: "0" }]);
});

Deno.test("listAll() takes the whole list at once when a page has expired, losing nothing", async () => {
  const client = new FakeListWatch(page("t1", "a"), EXPIRED, fakeList(60, configMap("z", 9)));
  const snapshot = await list(client, "");
  deepEqual(client.lists.at(-1), SELECTION);
  deepEqual(snapshot, { resourceVersion: "60", objects: [configMap("z", 9)], isWhole: true });
});

Deno.test("listAll() passes on every other failure", async () => {
  await rejects(list(new FakeListWatch(EXPIRED), ""), EXPIRED);
  await rejects(list(new FakeListWatch(page("t1", "a"), new Error("reset")), ""), /reset/);
});

Deno.test("isExpired() and isAheadOfServer() tell what makes a version useless", () => {
  const ahead = { field: "", message: "", reason: "ResourceVersionTooLarge" };
  equal(isExpired(EXPIRED), true);
  equal(isExpired(new StatusError(404, "NotFound", "")), false);
  equal(isExpired(new Error("410")), false);
  equal(isAheadOfServer(new StatusError(504, "Timeout", "", [ahead])), true);
  equal(isAheadOfServer(new StatusError(504, "Timeout", "Too large resource version: 2")), true);
  equal(isAheadOfServer(new StatusError(504, "Timeout", "request timed out")), false);
});

/** Gives pages without end, each of which is the answer to the token before. */
class EndlessPages extends FakeListWatch {
  constructor(readonly items: readonly KubeObject[], readonly tokenOf: (page: number) => string) {
    super();
  }

  override list(type: unknown, options: ListOptions = {}): Promise<KubeList> {
    void super.list(type, options).catch(() => {});
    const token = this.tokenOf(this.lists.length);
    return Promise.resolve({ resourceVersion: "1", continue: token, items: this.items });
  }
}

Deno.test("listAll() refuses the same page again and again", async () => {
  const client = new EndlessPages([configMap("a", 1)], () => "t");
  await rejects(list(client, ""), /the API server sends the same page again/);
  equal(client.lists.length, 2);
});

Deno.test("listAll() asks for pages wherever only an extract of each object is kept", async () => {
  const extract = (object: KubeObject) => object;
  const client = new FakeListWatch(page("t1", "a"), page("", "b"));
  const signal = new AbortController().signal;
  await listAll({ client, type: CONFIG_MAPS, extract }, "7", signal);
  deepEqual(client.lists, [
    { limit: 250, continue: "", extract },
    { limit: 250, continue: "t1", extract },
  ]);
  // All at once may be more than memory has room for.
  const expiring = new FakeListWatch(page("t1", "a"), EXPIRED);
  const listing = listAll({ client: expiring, type: CONFIG_MAPS, extract }, "", signal);
  await rejects(listing, EXPIRED);
});

Deno.test("listAll() refuses pages without an end", async () => {
  const client = new EndlessPages([], (page) => `t${page % 2}`);
  await rejects(list(client, ""), /the API server sends more than 1000 pages/);
});

Deno.test("listAll() refuses more objects than any cluster has", async () => {
  const items = Array.from({ length: 30_000 }, () => configMap("a", 1));
  const client = new EndlessPages(items, (page) => `t${page}`);
  await rejects(list(client, ""), /the API server sends more than 200000 objects of one kind/);
  equal(client.lists.length, 7);
});

Deno.test("listAll() says how much came before each page, for which there is one limit", async () => {
  const size = { octets: 10, values: 2 };
  const client = new FakeListWatch({ ...page("t1", "a"), size }, page("", "b"));
  await list(client, "");
  deepEqual(client.lists.map(({ before }) => before), [undefined, size]);
});

Deno.test("listAll() tells of a list whose objects were not all named", async () => {
  const client = new FakeListWatch({ ...page("t1", "a"), nameless: 1 }, page("", "b"));
  const { objects, isWhole } = await list(client, "");
  deepEqual([objects.length, isWhole], [2, false]);
});
