import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import { ippoolSample } from "../../tests/support/apiserver/samples.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { leaseTableOf } from "./lease_table.ts";
import { servedAs, serviceFaultsOf } from "./pool_service.ts";

const IN_USE = { "192.168.48.84": "fa:cf:8e:50:82:fc" };

function pool(
  changes: Parameters<typeof ippoolSample>[0],
  { uid = "1", allocated = IN_USE as JsonObject } = {},
): IPPool {
  const status = { ipv4: { allocated, used: 1, available: 7 } };
  const parsed = parseIPPool(ippoolSample({ metadata: { uid }, status, ...changes }));
  assert.ok(parsed.ok, JSON.stringify(parsed));
  return parsed.value;
}

function faults(after: IPPool, served?: IPPool): readonly string[] {
  return serviceFaultsOf(after, served).map(({ field, message }) => `${field} ${message}`);
}

const MOVED = pool({
  ipv4Config: {
    cidr: "1.2.3.0/24",
    serverIP: "1.2.3.4",
    router: undefined,
    pool: { start: "1.2.3.10", end: "1.2.3.20" },
  },
});

Deno.test("serviceFaultsOf() lets no version move clients to another subnet or server", () => {
  const served = pool({});
  assert.deepEqual(faults(MOVED, served), [
    "spec.ipv4Config.cidr cannot change from 192.168.48.0/24 to 1.2.3.0/24 while addresses are in use",
    "spec.ipv4Config.serverIP cannot change from 192.168.48.77 to 1.2.3.4 while addresses are in use",
  ]);
  assert.deepEqual(faults(pool({ ipv4Config: { serverIP: "192.168.48.78" } }), served).length, 1);
  assert.deepEqual(faults(pool({ ipv4Config: { dns: [], leaseTime: 60 } }), served), []);
});

Deno.test("serviceFaultsOf() accepts a pool made anew, one that nobody uses, and the first one seen", () => {
  const unused = { allocated: { "192.168.48.81": "EXCLUDED" } };
  assert.deepEqual(faults(MOVED, pool({}, { uid: "2" })), []);
  assert.deepEqual(faults(MOVED, pool({}, unused)), []);
  assert.deepEqual(faults(MOVED), []);
});

Deno.test("serviceFaultsOf() refuses a pool that cannot have a server", () => {
  for (const serverIP of ["1.2.3.4", "192.168.48.0", "192.168.48.255"]) {
    assert.equal(faults(pool({ ipv4Config: { serverIP } })).length, 1, serverIP);
  }
  assert.match(
    faults(pool({ ipv4Config: { cidr: "224.0.0.0/24", serverIP: "224.0.0.2" } })).join(),
    /multicast/,
  );
});

Deno.test("serviceFaultsOf() does not follow a pool whose record vanishes, and does follow one that empties", () => {
  const lost = [undefined, {}, { ipv4: { used: 1, available: 7 } }];
  for (const status of lost) {
    assert.deepEqual(faults(pool({ status: status as never }), pool({})), [
      "status.ipv4 is gone while addresses are in use",
    ]);
  }
  // The Go version leaves an empty record out.
  for (const ipv4 of [{ used: 0, available: 8 }, { allocated: {}, used: 0, available: 8 }]) {
    assert.deepEqual(faults(pool({ status: { ipv4 } }), pool({})), []);
  }
  assert.deepEqual(faults(pool({ status: {} }), pool({}, { allocated: {} })), []);
  assert.deepEqual(faults(pool({ status: {}, metadata: { uid: "2" } }), pool({})), []);
});

function refusalsOf(status: JsonObject): readonly (boolean | undefined)[] {
  const served = servedAs(pool({ ipv4Config: { authoritative: true }, status }));
  const { authoritative, networkShared } = leaseTableOf(served, () => []).parameters;
  return [authoritative, networkShared];
}

const RECORDS: readonly JsonObject[] = [
  { used: 0, available: 8 },
  { allocated: IN_USE, used: 1, available: 7 },
];

Deno.test("servedAs() makes a pool without a record refuse nobody", () => {
  assert.deepEqual(refusalsOf({}), [false, true]);
  for (const ipv4 of RECORDS) assert.deepEqual(refusalsOf({ ipv4 }), [true, undefined]);
});

Deno.test("servedAs() makes a pool refuse no clients of the others of its network", () => {
  for (const ipv4 of RECORDS) {
    assert.deepEqual(refusalsOf({ ipv4: { ...ipv4, networkShared: true } }), [false, true]);
  }
});
