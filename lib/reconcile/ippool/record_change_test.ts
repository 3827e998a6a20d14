/** A plan from what changed is the plan from scratch, after any history. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";
import type { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { LedgerWorld } from "../../../tests/support/controller/ledger_world.ts";
import type { JsonObject } from "../../base/json.ts";
import { VMNETCFG_FINALIZER } from "../names.ts";

const POOL = "ippool-1";
const NETWORK = "default/net-48";
const NAMES = ["a", "b", "c", "d", "e", "f"];

const COMMON = [
  ...["create", "create", "create", "delete", "delete", "want", "mac", "hostname", "time"] as const,
  ...["stepVm", "stepVm", "pool", "pool", "pool", "poolMeanwhile", "settle"] as const,
];

const RARE = [
  ...["pause", "resume", "break", "repair", "told", "poolFails", "restart", "foreign"] as const,
  ...["limit", "allow", "exclude", "names", "pausePool", "resumePool", "resumePool"] as const,
  ...["otherPool", "noOtherPool", "noOtherPool"] as const,
];

interface Step {
  readonly kind: (typeof COMMON)[number] | (typeof RARE)[number];
  readonly vm: string;
  readonly macs: readonly number[];
  readonly last: number;
  readonly namespace: string;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 10, arbitrary: fc.constantFrom<Step["kind"]>(...COMMON) },
    { weight: 1, arbitrary: fc.constantFrom<Step["kind"]>(...RARE) },
  ),
  vm: fc.constantFrom(...NAMES),
  macs: fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 2 }),
  last: fc.integer({ min: 80, max: 90 }),
  namespace: fc.constantFrom("default", "default", "other"),
});

function macText(number: number, isDashed = false): string {
  return `52:54:00:00:00:0${number}`.replaceAll(":", isDashed ? "-" : ":");
}

function carryOut(ledger: LedgerWorld, step: Step): void {
  const { kind, vm, macs, last, namespace } = step;
  const { world } = ledger;
  const spec = world.vms.get(vm)?.spec as { networkConfigs: JsonObject[] } | undefined;
  const changeFirstNic = (change: JsonObject) => {
    if (spec?.networkConfigs[0] === undefined) return;
    const [first, ...others] = spec.networkConfigs;
    world.patch(world.vms, vm, { spec: { networkConfigs: [{ ...first, ...change }, ...others] } });
  };
  const plan = (fails: boolean, meanwhile = () => {}) => {
    ledger.watch();
    ledger.step({ fails, meanwhile });
  };
  switch (kind) {
    case "create": {
      if (spec !== undefined) return;
      const networkConfigs = macs.map((mac) => ({
        macAddress: macText(mac),
        networkName: NETWORK,
      }));
      const metadata = { name: vm, namespace, finalizers: [VMNETCFG_FINALIZER] };
      return world.put(
        world.vms,
        vmnetcfgSample({ metadata, spec: { vmName: vm, networkConfigs } }),
      );
    }
    case "delete":
      return world.delete(world.vms, vm);
    case "pause":
    case "resume":
      return world.patch(world.vms, vm, { spec: { paused: kind === "pause" } });
    case "break":
      return changeFirstNic({ ipAddress: "bogus" });
    case "repair":
      return changeFirstNic({ ipAddress: undefined });
    case "want":
      return changeFirstNic({ ipAddress: `192.168.48.${last}` });
    case "mac":
      return changeFirstNic({ macAddress: macText(macs[0] ?? 1, last % 3 === 0) });
    case "hostname":
      return changeFirstNic({ hostname: last % 2 === 0 ? `h-${last}` : undefined });
    case "told":
      return world.patch(world.vms, vm, { status: { networkConfigs: undefined } });
    case "stepVm":
      return void world.stepVm(vm);
    case "pool":
      return plan(false);
    case "poolFails":
      return plan(true);
    case "poolMeanwhile":
      return plan(false, () => {
        const kind = (["delete", "create", "mac"] as const)[last % 3]!;
        carryOut(ledger, { ...step, kind });
        ledger.watch();
      });
    case "time":
      return ledger.pass(last * 200);
    case "restart":
      return ledger.restart();
    case "settle":
      for (let round = 0; round < 4; round++) {
        for (const name of NAMES) world.stepVm(name);
        plan(false);
      }
      return;
    default:
      return editPools(world, step);
  }
}

/** What users and others do to the pool and its record. */
function editPools(world: PlannedWorld, { kind, last, macs }: Step): void {
  const { pools } = world;
  const { spec, status } = pools.get(POOL)! as unknown as {
    spec: { ipv4Config: { pool: JsonObject } };
    status?: { ipv4?: { allocated?: JsonObject } };
  };
  const edit = (change: JsonObject) => world.patch(pools, POOL, { spec: change });
  const address = `192.168.48.${last}`;
  switch (kind) {
    case "limit":
      return edit({ maxAddressesPerNamespace: last % 2 === 0 ? last % 3 + 1 : undefined });
    case "allow":
      return edit({ allowedNamespaces: last % 2 === 0 ? ["default"] : undefined });
    case "exclude": {
      const exclude = last % 2 === 0 ? [address] : undefined;
      const pool = { ...spec.ipv4Config.pool, exclude };
      return edit({ ipv4Config: { ...spec.ipv4Config, pool, hostnameFromVM: false } });
    }
    case "names":
      return edit({ ipv4Config: { ...spec.ipv4Config, hostnameFromVM: last % 3 !== 0 } });
    case "pausePool":
    case "resumePool":
      return edit({ paused: kind === "pausePool" });
    case "foreign": {
      const { [address]: _, ...others } = status?.ipv4?.allocated ?? {};
      const bound = macs.map((mac, i) => [`192.168.48.${last + i}`, macText(mac)]);
      const allocated = { ...others, ...Object.fromEntries(bound) };
      return world.patch(pools, POOL, { status: { ipv4: { ...status?.ipv4, allocated } } });
    }
    case "otherPool":
      return world.put(pools, ippoolSample({ metadata: { name: "ippool-2" } }));
    case "noOtherPool":
      return void pools.delete("ippool-2");
    default:
      throw new Error(`"${kind}" is no edit of a pool`);
  }
}

Deno.test("a plan from what changed hands out again what a plan from scratch would, of two addresses that are freed at once", () => {
  const ledger = new LedgerWorld();
  const take = (kind: Step["kind"], vm = "a", macs: number[] = []) =>
    carryOut(ledger, { kind, vm, macs, last: 82, namespace: "default" });
  take("create", "a", [1]);
  take("create", "b", [2]);
  // It comes first in the record, and second among the objects.
  take("want", "b");
  take("settle");
  take("create", "c", [3, 4]);
  take("create", "d", [5, 6]);
  take("settle");
  take("delete", "a");
  take("delete", "b");
  take("create", "e", [7]);
  // Compares both plans.
  take("pool");
  assert.deepEqual(ledger.last, { isChange: true, isWritten: true });
});

Deno.test("a plan from what changed is the plan from scratch, after any history", () => {
  let written = 0;
  fc.assert(
    fc.property(fc.array(STEP, { minLength: 40, maxLength: 120, size: "max" }), (steps) => {
      const ledger = new LedgerWorld();
      for (const step of steps) {
        ledger.last = { isChange: false, isWritten: false };
        // Compares both plans, each time.
        carryOut(ledger, step);
        written += Number(ledger.last.isChange && ledger.last.isWritten);
      }
    }),
    { numRuns: 100 },
  );
  assert.ok(written > 100, `${written} plans from what changed had something to write`);
});
