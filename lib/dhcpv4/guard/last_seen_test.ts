import assert from "node:assert/strict";
import {
  leaseTable,
  M1,
  M2,
  MX,
  poolParameters,
} from "../../../tests/support/dhcp/dhcp_packets.ts";
import { mulberry32 } from "../../../tests/support/harness/seeded_random.ts";
import { finish } from "../../base/turns.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { createLeaseTable, type LeaseTable } from "../lease.ts";
import { LastSeen } from "./last_seen.ts";

function tableOf(bindings: Iterable<readonly [number, number]>): LeaseTable {
  return createLeaseTable(
    poolParameters(),
    new Map(bindings as Iterable<readonly [MacAddress, Ipv4Address]>),
  );
}

function follow(seen: LastSeen, table: LeaseTable): void {
  seen.follow(finish(seen.nextInSteps(table)));
}

Deno.test("LastSeen notes what comes while the next table is prepared", () => {
  const seen = new LastSeen();
  const first = leaseTable();
  follow(seen, first);
  const steps = seen.nextInSteps(leaseTable());
  while (!steps.next().done) seen.note(first, first.indexOf(M1), 1, 100);
  const again = seen.nextInSteps(leaseTable());
  seen.note(first, first.indexOf(M2), 2, 200);
  seen.follow(finish(again));
  assert.equal(seen.of(M1)?.atMs, 100);
  assert.equal(seen.of(M2)?.atMs, 200);
});

Deno.test("LastSeen notes nothing by the number that a binding had in another table", () => {
  const seen = new LastSeen();
  const other = leaseTable();
  follow(seen, leaseTable());
  seen.note(other, other.indexOf(M1), 1, 100);
  assert.equal(seen.of(M1), undefined);
});

Deno.test("LastSeen forgets a pool that is gone, also when its next table was being prepared", () => {
  const seen = new LastSeen();
  const table = leaseTable();
  follow(seen, table);
  seen.note(table, table.indexOf(M1), 1, 100);
  const next = finish(seen.nextInSteps(leaseTable()));
  seen.clear();
  seen.follow(next);
  assert.equal(seen.of(M1), undefined);
  assert.deepEqual(seen.latest(10), []);
});

Deno.test("LastSeen counts up to its limit and stays there", () => {
  const seen = new LastSeen();
  const table = leaseTable();
  follow(seen, table);
  for (let i = 0; i < 1000; i++) seen.note(table, table.indexOf(M1), 1, i);
  assert.equal(seen.of(M1)?.count, 1000);
  assert.equal(seen.of(MX), undefined);
});

Deno.test("LastSeen gives the latest of many clients, however many were seen at one time", () => {
  const seen = new LastSeen();
  const table = tableOf(Array.from({ length: 1000 }, (_, i) => [i + 1, i + 1] as const));
  follow(seen, table);
  for (let i = 0; i < 500; i++) seen.note(table, i * 2, 1, i >> 5);
  assert.equal(seen.size, 500);
  const latest = seen.latest(40);
  assert.equal(latest.length, 40);
  assert.ok(latest.every(({ atMs }) => atMs >= 14), latest.map(({ atMs }) => atMs).join());
  assert.equal(seen.latest(0).length, 0);
  assert.equal(seen.latest(1000).length, 500);
});

Deno.test("LastSeen knows what a simple map would, through any changes of the table", () => {
  const seed = 1500;
  const random = mulberry32(seed);
  const pick = (most: number) => Math.floor(random() * most);
  const seen = new LastSeen();
  const bindings = new Map<number, number>();
  let table = tableOf(bindings);
  follow(seen, table);
  let model = new Map<number, { address: number; atMs: number; kind: number; count: number }>();
  for (let round = 0; round < 400; round++) {
    for (let change = pick(20); change > 0; change--) {
      const mac = 1 + pick(60);
      bindings.delete(mac);
      const address = pick(2) === 0 ? 1000 + mac : 2000 + mac;
      if (pick(3) > 0) bindings.set(mac, address);
    }
    table = tableOf(bindings);
    follow(seen, table);
    model = new Map([...model].filter(([mac, { address }]) => bindings.get(mac) === address));
    for (let packet = pick(50); packet > 0; packet--) {
      const mac = 1 + pick(60) as MacAddress;
      const index = table.indexOf(mac);
      assert.equal(index >= 0, bindings.has(mac));
      if (index < 0) continue;
      const [atMs, kind] = [round * 100 + packet, pick(300)];
      seen.note(table, index, kind, atMs);
      const count = (model.get(mac)?.count ?? 0) + 1;
      model.set(mac, { address: bindings.get(mac)!, atMs, kind, count });
    }
    const known = new Map(seen.latest(100).map(({ mac, ...rest }) => [mac as number, rest]));
    const wanted = [...model].map(([mac, { address: _, ...rest }]) => [mac, rest] as const);
    assert.deepEqual(known, new Map(wanted), `seed ${seed}, round ${round}`);
  }
});
