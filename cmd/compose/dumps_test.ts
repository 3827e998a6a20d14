import assert from "node:assert/strict";
import { IPPOOL_KIND } from "../../lib/reconcile/kinds.ts";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../tests/support/kube/fake_informer.ts";
import type { Dump } from "../../lib/endpoints/shared_dumps.ts";
import { ipamOf, macCacheOf } from "./dumps.ts";

/** A dump as an object. */
function contentOf({ make }: Dump): Record<string, string> | undefined {
  const dump = make();
  return dump && Object.fromEntries(dump);
}

const NETWORK = "default/net-48";

/** Pools of one network in order of age, each with one binding; the MAC ends with the number. */
function poolsOf(...changes: readonly Parameters<typeof ippoolSample>[0][]) {
  const pools = new FakeInformer(IPPOOL_KIND.parse, IPPOOL_KIND.indexes);
  changes.forEach(({ metadata, ...rest } = {}, n) => {
    const creationTimestamp = `2026-01-01T00:00:0${n}Z`;
    const status = { ipv4: { allocated: { "192.168.48.82": `52:54:00:00:00:0${n}` } } };
    pools.put(ippoolSample({
      metadata: { name: `pool-${n}`, creationTimestamp, ...metadata },
      status,
      ...rest,
    }));
  });
  return pools;
}

const DELETED = { deletionTimestamp: "2026-01-02T00:00:00Z", finalizers: ["any/one"] };

Deno.test("macCacheOf() tells of the pool that serves the network: the oldest that is not deleted", () => {
  assert.deepEqual(contentOf(macCacheOf(poolsOf({}, {}), NETWORK)), {
    "52:54:00:00:00:00": "192.168.48.82",
  });
  const pools = poolsOf({ metadata: DELETED }, {}, {});
  assert.deepEqual(contentOf(macCacheOf(pools, NETWORK)), { "52:54:00:00:00:01": "192.168.48.82" });
  assert.equal(contentOf(macCacheOf(pools, "default/other")), undefined);
  assert.equal(contentOf(macCacheOf(poolsOf({ metadata: DELETED }), NETWORK)), undefined);
});

Deno.test("ipamOf() tells of the pool that serves the network, even when its range is wrong", () => {
  const wrong = { pool: { start: "10.0.0.1", end: "10.0.0.9" } };
  assert.equal(
    contentOf(ipamOf(poolsOf({ metadata: DELETED }, {}), NETWORK))?.["192.168.48.82"],
    "true",
  );
  assert.deepEqual(contentOf(ipamOf(poolsOf(wrong, {}), NETWORK)), {});
  assert.deepEqual(contentOf(ipamOf(poolsOf({ spec: { ipv4Config: 7 } }, {}), NETWORK)), {});
  assert.equal(contentOf(ipamOf(poolsOf(), NETWORK)), undefined);
});
