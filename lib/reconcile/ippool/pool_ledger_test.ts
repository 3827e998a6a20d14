/** What is common is planned from what changed, and not from scratch. */

import assert from "node:assert/strict";
import { vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import { LedgerWorld } from "../../../tests/support/controller/ledger_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { VMNETCFG_FINALIZER } from "../names.ts";

/** Six addresses, .82 to .87, and a ledger from a first plan. */
function atRest(): LedgerWorld {
  const ledger = new LedgerWorld();
  settle(ledger);
  settle(ledger);
  return ledger;
}

function settle(ledger: LedgerWorld): void {
  ledger.watch();
  ledger.step({ fails: false, meanwhile: () => {} });
}

/** Plans once. @returns The bindings; fails when the plan was made from scratch. */
function change(ledger: LedgerWorld): string {
  settle(ledger);
  assert.ok(ledger.last.isChange, "planned from what changed");
  const { ipv4 } = ledger.world.pools.get("ippool-1")!.status as { ipv4: JsonObject };
  return Object.entries(ipv4.allocated ?? {})
    .map(([address, mac]) => `${address.slice(-2)}=${String(mac).slice(-1)}`).sort().join(" ");
}

function addVm(ledger: LedgerWorld, digit: number, ipAddress?: string): void {
  const nic = { macAddress: `52:54:00:00:00:0${digit}`, networkName: "default/net-48" };
  const networkConfigs = [{ ...nic, ...(ipAddress === undefined ? {} : { ipAddress }) }];
  const metadata = { name: `vm-${digit}`, finalizers: [VMNETCFG_FINALIZER] };
  ledger.world.put(ledger.world.vms, vmnetcfgSample({ metadata, spec: { networkConfigs } }));
}

function deleteVm(ledger: LedgerWorld, digit: number): void {
  ledger.world.delete(ledger.world.vms, `vm-${digit}`);
}

Deno.test("a pool with a ledger binds, moves and releases without looking at the others", () => {
  const ledger = atRest();
  addVm(ledger, 1);
  assert.equal(change(ledger), "82=1");
  addVm(ledger, 2, "192.168.48.85");
  addVm(ledger, 3);
  assert.equal(change(ledger), "82=1 83=3 85=2");
  ledger.world.vms.delete("vm-2");
  addVm(ledger, 2, "192.168.48.87");
  assert.equal(change(ledger), "82=1 83=3 87=2");
  deleteVm(ledger, 1);
  assert.equal(change(ledger), "83=3 87=2");
});

Deno.test("a status that tells an address is no change of a pool with a ledger", () => {
  const ledger = atRest();
  addVm(ledger, 1);
  change(ledger);
  assert.ok(ledger.world.stepVm("vm-1"));
  change(ledger);
  assert.equal(ledger.last.isWritten, false);
});

Deno.test("a full pool with a ledger gives what is released to the one that waits longest", () => {
  const ledger = atRest();
  for (let digit = 1; digit <= 9; digit++) addVm(ledger, digit);
  assert.equal(change(ledger), "82=1 83=2 84=3 85=4 86=5 87=6");
  deleteVm(ledger, 3);
  assert.equal(change(ledger), "82=1 83=2 85=4 86=5 87=6");
  assert.equal(change(ledger), "82=1 83=2 84=7 85=4 86=5 87=6");
  deleteVm(ledger, 8);
  deleteVm(ledger, 1);
  assert.equal(change(ledger), "83=2 84=7 85=4 86=5 87=6");
  assert.equal(change(ledger), "82=9 83=2 84=7 85=4 86=5 87=6");
});

Deno.test("a pool is planned from scratch after a write that failed, and after somebody else's", () => {
  const ledger = atRest();
  addVm(ledger, 1);
  ledger.watch();
  ledger.step({ fails: true, meanwhile: () => {} });
  assert.ok(ledger.last.isChange);
  settle(ledger);
  assert.deepEqual(ledger.last, { isChange: false, isWritten: true });
  const { pools } = ledger.world;
  ledger.world.patch(pools, "ippool-1", { metadata: { labels: { a: "1" } } });
  settle(ledger);
  assert.deepEqual(ledger.last, { isChange: false, isWritten: false });
  addVm(ledger, 2);
  assert.equal(change(ledger), "82=1 83=2");
});

Deno.test("a pool with a ledger counts for no namespace what two give back that swap", () => {
  const ledger = atRest();
  const { pools } = ledger.world;
  const spec = ledger.world.pools.get("ippool-1")!.spec as JsonObject;
  ledger.world.patch(pools, "ippool-1", { spec: { ...spec, maxAddressesPerNamespace: 2 } });
  addVm(ledger, 1);
  addVm(ledger, 2);
  settle(ledger);
  settle(ledger);
  for (const [digit, ipAddress] of [[1, "192.168.48.83"], [2, "192.168.48.82"]] as const) {
    ledger.world.vms.delete(`vm-${digit}`);
    addVm(ledger, digit, ipAddress);
  }
  assert.equal(change(ledger), "");
  assert.equal(change(ledger), "82=2 83=1");
});
