import { deepEqual, equal, rejects } from "node:assert/strict";
import { fakeList, FakeListWatch } from "../../../tests/support/kube/fake_list_watch.ts";
import { CONFIG_MAPS, configMap } from "../../../tests/support/kube/kube_samples.ts";
import { StatusError } from "../contract.ts";
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
  deepEqual(snapshot, { resourceVersion: "60", objects: [configMap("z", 9)] });
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
