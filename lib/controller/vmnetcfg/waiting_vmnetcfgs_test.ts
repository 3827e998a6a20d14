import assert from "node:assert/strict";
import { ippoolSample } from "../../../tests/support/apiserver/samples.ts";
import { parseIPPool } from "../../api/ippool/parse_ippool.ts";
import type { JsonObject } from "../../base/json.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { nicIndexValue } from "../../reconcile/kinds.ts";
import { type PoolView, poolViewOf } from "../../reconcile/ippool/pool_view.ts";
import type { WaitingNic } from "../../reconcile/vmnetcfg/vmnetcfg.ts";
import { WaitingVmnetcfgs } from "./waiting_vmnetcfgs.ts";

const NETWORK = "default/net-48";

/** A pool of two addresses, of which this many are in use. */
function poolWith(used: number, { name = "ippool-1", spec = {}, byNamespace }: {
  readonly name?: string;
  readonly spec?: JsonObject;
  readonly byNamespace?: JsonObject;
} = {}) {
  const bound = ["82", "83"].slice(0, used).map((last, i) =>
    [`192.168.48.${last}`, `52:54:00:00:00:0${i}`] as const
  );
  const ipv4 = { allocated: Object.fromEntries(bound), usedByNamespace: byNamespace };
  const pool = { start: "192.168.48.82", end: "192.168.48.83", exclude: undefined };
  const object = ippoolSample({ metadata: { name }, pool, spec, status: { ipv4 } });
  return poolViewOf({ object, parsed: parseIPPool(object) });
}

function changeOf(before: ReturnType<typeof poolWith>, after: ReturnType<typeof poolWith>) {
  return {
    key: "default/ippool-1",
    before,
    after,
    macs: new Set<never>(),
    freed: new Map(),
    isCommit: true,
  };
}

function waitingFor(reason: WaitingNic["reason"], wantsOne = false): WaitingVmnetcfgs {
  const waiting = new WaitingVmnetcfgs();
  waiting.set("default/vm", "default", {
    waiting: [{ network: NETWORK, reason, wantsOne }],
    pending: [],
  });
  return waiting;
}

/** It has addresses, and as many entries as a record may have. */
const FULL_RECORD: PoolView = {
  ...poolWith(1),
  vacancy: { fullReason: "PoolRecordFull", check: () => undefined },
};
const LIMIT = { spec: { maxAddressesPerNamespace: 1 } };

for (
  const { name, waiting, change, wakes } of [
    {
      name: "a full pool that stays full",
      waiting: waitingFor("PoolExhausted"),
      change: changeOf(poolWith(2), poolWith(2)),
      wakes: false,
    },
    {
      name: "a full pool from which an address was taken back",
      waiting: waitingFor("PoolExhausted"),
      change: changeOf(poolWith(2), poolWith(1)),
      wakes: false,
    },
    {
      name: "a commit that leaves room for addresses and none for their entries",
      waiting: waitingFor("PoolExhausted"),
      change: changeOf(FULL_RECORD, FULL_RECORD),
      wakes: true,
    },
    {
      name: "a commit of a record that stays full",
      waiting: waitingFor("PoolRecordFull"),
      change: changeOf(FULL_RECORD, FULL_RECORD),
      wakes: false,
    },
    {
      name: "a commit that takes an address out of one of two records",
      waiting: waitingFor("AddressBoundTwice"),
      change: { ...changeOf(poolWith(2), poolWith(1)), freed: new Map([[3232247891, 1]]) as never },
      wakes: true,
    },
    {
      name: "a commit that leaves an address in two records",
      waiting: waitingFor("AddressBoundTwice"),
      change: changeOf(poolWith(1), poolWith(2)),
      wakes: false,
    },
    {
      name: "a commit of a pool that still has room",
      waiting: waitingFor("AwaitingCommit"),
      change: changeOf(poolWith(0), poolWith(1)),
      wakes: false,
    },
    {
      name: "the commit that filled the pool",
      waiting: waitingFor("AwaitingCommit"),
      change: changeOf(poolWith(1), poolWith(2)),
      wakes: true,
    },
    {
      name: "a commit that may have given away the address that it wants",
      waiting: waitingFor("AwaitingCommit", true),
      change: changeOf(poolWith(0), poolWith(1)),
      wakes: true,
    },
    {
      name: "another count of its namespace",
      waiting: waitingFor("NamespaceLimitReached"),
      change: changeOf(
        poolWith(2, { ...LIMIT, byNamespace: { default: 2 } }),
        poolWith(1, { ...LIMIT, byNamespace: { default: 1 } }),
      ),
      wakes: true,
    },
    {
      name: "the same count of its namespace",
      waiting: waitingFor("NamespaceLimitReached"),
      change: changeOf(
        poolWith(1, { ...LIMIT, byNamespace: { default: 1 } }),
        poolWith(2, { ...LIMIT, byNamespace: { default: 1, other: 1 } }),
      ),
      wakes: false,
    },
    {
      name: "the commit with which its namespace reached its limit",
      waiting: waitingFor("AddressTaken", true),
      change: changeOf(
        poolWith(0, LIMIT),
        poolWith(1, { ...LIMIT, byNamespace: { default: 1 } }),
      ),
      wakes: true,
    },
    {
      name: "the commit with which the counts of a record that somebody edited are true again",
      waiting: waitingFor("OutOfRange", true),
      change: changeOf(
        poolWith(0, { ...LIMIT, byNamespace: { default: 1 } }),
        poolWith(1, { ...LIMIT, byNamespace: { default: 1 } }),
      ),
      wakes: true,
    },
    {
      name: "a held address that stays held",
      waiting: waitingFor("AddressTaken", true),
      change: changeOf(poolWith(1), poolWith(2)),
      wakes: false,
    },
    {
      name: "somebody else's change",
      waiting: waitingFor("AddressTaken", true),
      change: { ...changeOf(poolWith(1), poolWith(1)), isCommit: false },
      wakes: true,
    },
  ]
) {
  Deno.test(`a NIC that waits is ${wakes ? "" : "not "}looked at again after ${name}`, () => {
    const pools = [change.after];
    assert.deepEqual(waiting.concernedBy(NETWORK, change, pools), wakes ? ["default/vm"] : []);
    assert.deepEqual(waiting.concernedBy("default/other", change, pools), []);
    waiting.set("default/vm", "default", { waiting: [], pending: [] });
    assert.deepEqual(waiting.concernedBy(NETWORK, change, pools), []);
  });
}

Deno.test("a NIC that waits is looked at again after a commit that left only what another pool records", () => {
  const waiting = waitingFor("AwaitingCommit");
  const pool = poolWith(1);
  const commit = changeOf(poolWith(0), pool);
  const others = [
    poolWith(2, { name: "ippool-2" }),
    poolWith(1, { name: "ippool-3" }),
  ] as const;
  assert.deepEqual(waiting.concernedBy(NETWORK, commit, [pool, others[0]]), ["default/vm"]);
  assert.deepEqual(waiting.concernedBy(NETWORK, commit, [pool, others[1]]), []);
});

Deno.test("a NIC that waits is looked at again after another pool of its network gave back what its own cannot record", () => {
  const waiting = waitingFor("PoolExhausted");
  const other = poolWith(1, { name: "ippool-2" });
  const commit = changeOf(poolWith(2, { name: "ippool-2" }), other);
  assert.deepEqual(waiting.concernedBy(NETWORK, commit, [FULL_RECORD]), ["default/vm"]);
  assert.deepEqual(waiting.concernedBy(NETWORK, commit, [poolWith(2)]), []);
});

Deno.test("WaitingVmnetcfgs finds who waits for the address of a NIC, until it waits for another's", () => {
  const waiting = new WaitingVmnetcfgs();
  const [first, second] = ["52:54:00:00:00:01", "52:54:00:00:00:02"].map((text) => ({
    network: NETWORK,
    mac: parseMacAddress(text)!,
  }));
  const waitFor = (key: string, nic: typeof first) =>
    waiting.set(key, "default", {
      waiting: nic === undefined
        ? []
        : [{ network: NETWORK, reason: "AddressTaken", wantsOne: true, holder: nic.mac }],
      pending: [],
    });
  const found = (nic: typeof first) => [...waiting.forAddressOf(nicIndexValue(nic!))];
  waitFor("default/a", first);
  waitFor("default/b", first);
  assert.deepEqual(found(first), ["default/a", "default/b"]);
  waitFor("default/a", second);
  assert.deepEqual([found(first), found(second)], [["default/b"], ["default/a"]]);
  waitFor("default/a", undefined);
  waitFor("default/b", undefined);
  assert.deepEqual([found(first), found(second)], [[], []]);
});
