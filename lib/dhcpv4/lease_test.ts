import assert from "node:assert/strict";
import {
  ip,
  leaseTable,
  M1,
  M2,
  MX,
  poolParameters,
} from "../../tests/support/dhcp/dhcp_packets.ts";
import { createLeaseTable } from "./lease.ts";

Deno.test("createLeaseTable() finds addresses by MAC and MACs by address", () => {
  const table = leaseTable();
  assert.equal(table.size, 2);
  assert.equal(table.addressOf(M1), ip("192.0.2.10"));
  assert.equal(table.addressOf(MX), undefined);
  assert.equal(table.ownerOf(ip("192.0.2.11")), M2);
  assert.equal(table.ownerOf(ip("192.0.2.12")), undefined);
});

Deno.test("createLeaseTable() lists the bindings in the order of the record", () => {
  const record = new Map([[M2, ip("192.0.2.11")], [M1, ip("192.0.2.10")]]);
  const table = createLeaseTable(poolParameters(), record);
  assert.deepEqual([...table.bindings()], [...record]);
});

Deno.test("createLeaseTable() binds an address that two MACs claim to the first only", () => {
  const record = new Map([[M1, ip("192.0.2.10")], [M2, ip("192.0.2.10")]]);
  const table = createLeaseTable(poolParameters(), record);
  assert.equal(table.size, 1);
  assert.equal(table.ownerOf(ip("192.0.2.10")), M1);
  assert.equal(table.addressOf(M2), undefined);
});

Deno.test("createLeaseTable() is not paused unless told so", () => {
  assert.equal(createLeaseTable(poolParameters(), new Map()).paused, false);
  assert.equal(createLeaseTable(poolParameters(), new Map(), true).paused, true);
});
