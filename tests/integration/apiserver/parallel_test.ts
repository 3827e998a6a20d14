/** Writes that arrive together share a transaction, and still behave like single ones. */

import assert from "node:assert/strict";
import { at } from "../../support/apiserver/api_connection.ts";
import { startEmbeddedApi } from "../../support/apiserver/embedded_api.ts";
import { gadget, GADGETS } from "../../support/kube/gadget.ts";

const AT_ONCE = 40;
const NAMES = Array.from({ length: AT_ONCE }, (_, i) => `g${i}`);

Deno.test("simultaneous writes get versions of their own, and a watch shows them in order", async () => {
  await using api = await startEmbeddedApi();
  const { body: list } = await api.send("GET", GADGETS);
  const since = Number(at(list, "metadata.resourceVersion"));
  await using watch = await api.watch(`${GADGETS}?resourceVersion=${since}`);
  const answers = await Promise.all(
    NAMES.map((name) => api.send("POST", GADGETS, { body: gadget(name) })),
  );
  assert.deepEqual(answers.map(({ status }) => status), NAMES.map(() => 201));
  const versions = answers.map(({ body }) => Number(at(body, "metadata.resourceVersion")));
  const inOrder = versions.toSorted((a, b) => a - b);
  assert.deepEqual(inOrder, NAMES.map((_, i) => since + 1 + i));
  const told: number[] = [];
  while (told.length < AT_ONCE) {
    told.push(Number(at((await watch.next())?.object, "metadata.resourceVersion")));
  }
  assert.deepEqual(told, inOrder);
});

Deno.test("one of several simultaneous replacements of a version succeeds", async () => {
  await using api = await startEmbeddedApi();
  const { body: made } = await api.send("POST", GADGETS, { body: gadget("a") });
  const answers = await Promise.all(NAMES.map((note) => {
    const body = { ...made, spec: { size: 2, note } };
    return api.send("PUT", `${GADGETS}/a`, { body });
  }));
  const [winner, ...others] = answers.filter(({ status }) => status === 200);
  assert.deepEqual(others, []);
  assert.equal(answers.filter(({ status }) => status === 409).length, AT_ONCE - 1);
  assert.deepEqual((await api.send("GET", `${GADGETS}/a`)).body, winner?.body);
});

Deno.test("one of several simultaneous creations of a name succeeds", async () => {
  await using api = await startEmbeddedApi();
  const path = GADGETS.replace("default", "lab");
  const answers = await Promise.all(
    NAMES.map(() => api.send("POST", path, { body: gadget("a") })),
  );
  const statuses = answers.map(({ status }) => status).sort();
  assert.deepEqual(statuses, [201, ...NAMES.slice(1).map(() => 409)]);
});

Deno.test("a refused write does not affect simultaneous ones", async () => {
  await using api = await startEmbeddedApi();
  const answers = await Promise.all(
    NAMES.map((name, i) =>
      api.send("POST", GADGETS, { body: gadget(name, { size: i % 2 === 0 ? 1 : 99 }) })
    ),
  );
  assert.deepEqual(answers.map(({ status }) => status), NAMES.map((_, i) => i % 2 ? 422 : 201));
  const { body } = await api.send("GET", GADGETS);
  assert.equal((body["items"] as unknown[]).length, AT_ONCE / 2);
});
