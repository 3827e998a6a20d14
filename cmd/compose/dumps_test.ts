import assert from "node:assert/strict";
import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import type { Observed } from "../../lib/api/meta.ts";
import { IndexedStore } from "../../lib/kube/cache/indexed_store.ts";
import { IPPOOL_INDEXES } from "../../lib/reconcile/indexes.ts";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { ipamOf, macCacheOf } from "./dumps.ts";

const NETWORK = "default/net-48";
const MAC = "fa:cf:8e:50:82:fc";

/** A cache of pools of one network; each has bound the MAC to the address under its name. */
function poolsOf(
  pools: Readonly<Record<string, { address: string; created: string; deleted?: string }>>,
) {
  const store = new IndexedStore<Observed<IPPool>>(IPPOOL_INDEXES);
  for (const [name, { address, created, deleted }] of Object.entries(pools)) {
    const object = ippoolSample({
      metadata: {
        name,
        creationTimestamp: created,
        ...(deleted === undefined ? {} : { deletionTimestamp: deleted }),
      },
      status: { ipv4: { allocated: { [address]: MAC } } },
    });
    store.set(`default/${name}`, { object, parsed: parseIPPool(object) });
  }
  return store;
}

Deno.test("dumps of a network come from the pool that hands out its addresses, the oldest", () => {
  const pools = poolsOf({
    younger: { address: "192.168.48.83", created: "2024-01-02T00:00:00Z" },
    older: { address: "192.168.48.82", created: "2024-01-01T00:00:00Z" },
  });
  assert.deepEqual(macCacheOf(pools, NETWORK), { [MAC]: "192.168.48.82" });
  assert.equal(ipamOf(pools, NETWORK)?.["192.168.48.82"], "true");
  assert.equal(macCacheOf(pools, "default/other"), undefined);
});

Deno.test("dumps of a network leave out a pool that is being deleted", () => {
  const deleted = "2024-01-03T00:00:00Z";
  const going = { address: "192.168.48.82", created: "2024-01-01T00:00:00Z", deleted };
  const younger = { address: "192.168.48.83", created: "2024-01-02T00:00:00Z" };
  assert.deepEqual(macCacheOf(poolsOf({ going, younger }), NETWORK), { [MAC]: "192.168.48.83" });
  assert.equal(ipamOf(poolsOf({ going, younger }), NETWORK)?.["192.168.48.82"], "false");
  assert.equal(macCacheOf(poolsOf({ going }), NETWORK), undefined);
});

Deno.test("dumps of a network choose by name between pools of one second", () => {
  const created = "2024-01-01T00:00:00Z";
  const pools = poolsOf({
    b: { address: "192.168.48.83", created },
    a: { address: "192.168.48.82", created },
  });
  assert.deepEqual(macCacheOf(pools, NETWORK), { [MAC]: "192.168.48.82" });
});
