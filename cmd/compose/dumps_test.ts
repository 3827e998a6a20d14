import assert from "node:assert/strict";
import { IPPOOL_KIND } from "../../lib/reconcile/kinds.ts";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import { FakeInformer } from "../../tests/support/kube/fake_informer.ts";
import type { Dump } from "../../lib/endpoints/shared_dumps.ts";
import { QUIET_WIRE } from "../../tests/support/controller/agent_worlds.ts";
import { leaseTable, M1, MX } from "../../tests/support/dhcp/dhcp_packets.ts";
import type { ServingAgent } from "../../lib/agent/host/agent_set.ts";
import type { MacAddress } from "../../lib/net/mac_address.ts";
import { createLeaseTable } from "../../lib/dhcpv4/lease.ts";
import { ipamOf, macCacheOf, unknownOf } from "./dumps.ts";

/** A dump as an object. */
function contentOf({ make }: Dump): Record<string, unknown> | undefined {
  const dump = make();
  return dump && Object.fromEntries(dump);
}

const MACHINE = {
  macAddress: "52:54:00:00:00:99",
  firstSeen: "2026-01-31T12:00:00Z",
  lastSeen: "2026-01-31T12:00:00Z",
  lastMessage: "DISCOVER",
  interface: "eth1",
};

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

Deno.test("unknownOf() leaves out what is bound in any pool here, and knows the pools that have agents", () => {
  const asked = [M1, MX];
  const wire = {
    lastSeenOf: () => undefined,
    latest: () => ({ lastSeen: [], leftOut: 0 }),
    report: () => QUIET_WIRE,
    dumpVersion: () => ({}),
    unknown: (isBound: (mac: MacAddress) => boolean) =>
      asked.filter((mac) => !isBound(mac)).map((mac) => ({ ...MACHINE, count: mac })),
  };
  const empty = createLeaseTable(leaseTable().parameters, new Map());
  const agents = new Map<string, ServingAgent>([
    ["default/a", { table: empty, wire }],
    ["default/b", { table: leaseTable(), wire }],
  ]);
  assert.deepEqual(contentOf(unknownOf(agents, undefined)!), {
    "default/a": [{ ...MACHINE, count: MX }],
    "default/b": [{ ...MACHINE, count: MX }],
  });
  assert.deepEqual(contentOf(unknownOf(agents, "default/a")!), {
    "default/a": [{ ...MACHINE, count: MX }],
  });
  assert.equal(unknownOf(agents, "default/c"), undefined);
});
