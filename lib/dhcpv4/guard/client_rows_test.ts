import assert from "node:assert/strict";
import type { MacAddress } from "../../net/mac_address.ts";
import { ClientRows } from "./client_rows.ts";

const FIRST = 0x525400000000;

function macOf(client: number): MacAddress {
  return FIRST + client * 7919 as MacAddress;
}

Deno.test("ClientRows keeps the numbers of each client apart while it grows", () => {
  const rows = new ClientRows(2);
  for (let client = 0; client < 1000; client++) {
    assert.equal(rows.find(macOf(client)), undefined);
    const at = rows.add(macOf(client));
    assert.deepEqual([...rows.cells.subarray(at, at + 2)], [0, 0]);
    rows.cells.set([client, client + 0.5], at);
  }
  assert.equal(rows.size, 1000);
  for (let client = 0; client < 1000; client++) {
    const at = rows.find(macOf(client))!;
    assert.deepEqual([...rows.cells.subarray(at, at + 2)], [client, client + 0.5]);
  }
  assert.equal(rows.find(macOf(1000)), undefined);
});

Deno.test("ClientRows.retain() forgets the clients that are not kept, and keeps the numbers of the others", () => {
  const rows = new ClientRows(1);
  for (let client = 0; client < 100; client++) {
    const at = rows.add(macOf(client));
    rows.cells[at] = client;
  }
  rows.retain((mac) => mac % 2 === 0);
  const kept = Array.from({ length: 100 }, (_, client) => {
    const at = rows.find(macOf(client));
    return at === undefined ? undefined : rows.cells[at];
  });
  assert.deepEqual(
    kept,
    Array.from({ length: 100 }, (_, client) => macOf(client) % 2 === 0 ? client : undefined),
  );
  assert.equal(rows.size, 50);
});

Deno.test("ClientRows.find() knows no client with the MAC 00:00:00:00:00:00", () => {
  assert.equal(new ClientRows(1).find(0 as MacAddress), undefined);
});
