import assert from "node:assert/strict";
import { AddressAllocator, freeCountOf } from "../../ipam/address_allocator.ts";
import { AddressMemory } from "../../ipam/address_memory.ts";
import { addressRangeOf } from "../../ipam/address_range.ts";
import { parseCidr } from "../../net/cidr.ts";
import {
  formatIpv4Address,
  ipv4AddressFromNumber,
  parseIpv4Address,
} from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { type Claim, unknownClaimOf } from "../claims.ts";
import { moveToWanted } from "./address_moves.ts";
import { AllocationRecord } from "./record/allocation_record.ts";
import { RecordEdit } from "./record/record_edit.ts";

const FIRST = parseIpv4Address("10.0.1.0")!;
const COUNT = 2000;

function addressOf(n: number) {
  return ipv4AddressFromNumber(FIRST + n);
}

function macOf(n: number): MacAddress {
  return 0x525400000000 + n as MacAddress;
}

/** A record of many, of which each wants what the next one has, and what is looked up in it. */
function settled(last: number) {
  const record = new AllocationRecord(Object.fromEntries(
    Array.from({ length: COUNT }, (_, n) => [
      formatIpv4Address(addressOf(n)),
      formatMacAddress(macOf(n)),
    ]),
  ));
  const range = addressRangeOf({
    cidr: parseCidr("10.0.0.0/16")!,
    serverIp: parseIpv4Address("10.0.0.2")!,
    start: FIRST,
    end: addressOf(COUNT),
    exclude: [],
  });
  assert.ok(range.ok);
  const edit = new RecordEdit(record);
  const allocator = new AddressAllocator({
    range: range.value,
    taken: record.taken,
    freeCount: freeCountOf(range.value, record.taken),
    entryCount: record.entryCount,
    memory: new AddressMemory(0),
  });
  edit.attach(allocator);
  let lookups = 0;
  edit.macAt = (address) => {
    lookups++;
    return RecordEdit.prototype.macAt.call(edit, address);
  };
  edit.addressOf = (mac) => {
    lookups++;
    return RecordEdit.prototype.addressOf.call(edit, mac);
  };
  const claims = Array.from({ length: COUNT }, (_, n): Claim => ({
    ...unknownClaimOf(macOf(n)),
    owner: `default/${String(n).padStart(5, "0")}`,
    wanted: addressOf(n === COUNT - 1 ? last : n + 1),
  }));
  return { edit, allocator, claims, lookups: () => lookups };
}

Deno.test("moveToWanted() moves one of a long line, and looks at each of the others a few times", () => {
  const { edit, allocator, claims, lookups } = settled(COUNT);
  const { refusals, between } = moveToWanted(edit, allocator, { claims, rules: {} });
  assert.equal(edit.addressOf(macOf(COUNT - 1)), addressOf(COUNT));
  assert.deepEqual([refusals.length, between.length], [COUNT - 1, 0]);
  assert.ok(lookups() < 10 * COUNT, `${lookups()} lookups for ${COUNT} claims`);
});

Deno.test("moveToWanted() has all of a large ring give back what they have", () => {
  const { edit, allocator, claims, lookups } = settled(0);
  const { refusals, between } = moveToWanted(edit, allocator, { claims, rules: {} });
  assert.deepEqual([refusals.length, between.length], [0, COUNT]);
  assert.equal([...edit.bindings()].length, 0);
  assert.ok(lookups() < 10 * COUNT, `${lookups()} lookups for ${COUNT} claims`);
});

Deno.test("moveToWanted() moves none of a long line whose last one cannot move", () => {
  // The server's address.
  const { edit, allocator, claims, lookups } = settled(2 - 256);
  const { refusals, between } = moveToWanted(edit, allocator, { claims, rules: {} });
  assert.deepEqual([refusals.length, between.length], [COUNT, 0]);
  assert.deepEqual(edit.delta().removed.size, 0);
  assert.ok(lookups() < 10 * COUNT, `${lookups()} lookups for ${COUNT} claims`);
});
