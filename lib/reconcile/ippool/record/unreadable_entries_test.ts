import assert from "node:assert/strict";
import { PlannedWorld } from "../../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../../tests/support/apiserver/samples.ts";
import type { JsonObject } from "../../../base/json.ts";
import { conditionOf } from "../../conditions.ts";
import { RECORD_READABLE } from "./unreadable_entries.ts";

const POOL = "ippool-1";
const ADDRESS = "192.168.48.84";
const BOGUS = "525400000001";
const HOUR_SECONDS = 3600;

/** A pool whose record has an entry that cannot be read. */
function worldWith(text = BOGUS): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample());
  world.settle();
  record(world, ADDRESS, text);
  world.settle();
  return world;
}

function record(world: PlannedWorld, address: string, text: string): void {
  const { ipv4 } = world.pools.get(POOL)!.status as { ipv4: { allocated: JsonObject } };
  const allocated = { ...ipv4.allocated, [address]: text };
  world.patch(world.pools, POOL, { status: { ipv4: { ...ipv4, allocated } } });
}

/** Puts an object whose one NIC has this MAC and was told the address. */
function putVm(world: PlannedWorld, macAddress: string): void {
  const nic = { macAddress, networkName: "default/net-48" };
  world.put(world.vms, {
    ...vmnetcfgSample({ metadata: { name: "vm" }, spec: { networkConfigs: [nic] } }),
    status: { networkConfigs: [{ ...nic, allocatedIPAddress: ADDRESS, state: "Allocated" }] },
  });
}

function entriesOf(world: PlannedWorld): readonly string[] {
  return [...world.view(POOL).record.unreadableAt.values()];
}

function saidOf(world: PlannedWorld): string | undefined {
  const { conditions } = world.pools.get(POOL)!.status as JsonObject;
  return conditionOf(conditions, RECORD_READABLE)?.message;
}

Deno.test("planUnreadableEntries() lets an entry go when nobody has claimed it for a day, and tells of it", () => {
  const world = worldWith();
  assert.match(saidOf(world)!, /"525400000001" at 192\.168\.48\.84/);
  world.pass(23 * HOUR_SECONDS);
  world.restart();
  const { status, waitMs } = world.planPool(POOL);
  assert.equal(status, undefined);
  assert.ok(waitMs! > 0 && waitMs! <= HOUR_SECONDS * 1000);
  world.pass(HOUR_SECONDS);
  const { notes } = world.planPool(POOL);
  assert.deepEqual(notes.map(({ reason }) => reason), ["EntryRemoved"]);
  assert.match(notes[0]!.note, /"525400000001" at 192\.168\.48\.84/);
  world.settle();
  assert.deepEqual(entriesOf(world), []);
  assert.equal(saidOf(world), undefined);
  assert.equal(world.planPool(POOL).waitMs, undefined);
});

Deno.test("a pool says nothing more of an entry once it is gone, in the write that takes it out", () => {
  const world = worldWith();
  const cacheReady = () => {
    const { conditions } = world.pools.get(POOL)!.status as JsonObject;
    return conditionOf(conditions, "CacheReady")?.reason;
  };
  assert.equal(cacheReady(), "RecordHasProblems");
  world.pass(24 * HOUR_SECONDS);
  world.stepPool(POOL);
  assert.deepEqual([entriesOf(world), cacheReady()], [[], "RecordRead"]);
  assert.equal(world.planPool(POOL).status, undefined);
});

Deno.test("planUnreadableEntries() lets the next plan come by itself when the clock has gone back", () => {
  const world = worldWith();
  world.pass(-HOUR_SECONDS);
  const { status, waitMs } = world.planPool(POOL);
  assert.notEqual(status, undefined);
  assert.ok(waitMs! <= 1000);
});

Deno.test("planUnreadableEntries() begins anew with each further entry", () => {
  const world = worldWith();
  world.pass(23 * HOUR_SECONDS);
  record(world, "192.168.48.85", "");
  world.settle();
  world.pass(2 * HOUR_SECONDS);
  world.settle();
  assert.deepEqual(entriesOf(world), [BOGUS, ""]);
  world.pass(23 * HOUR_SECONDS);
  world.settle();
  assert.deepEqual(entriesOf(world), []);
});

Deno.test("planUnreadableEntries() begins anew when the clock was wrong by years", () => {
  const world = worldWith();
  world.pass(-10_000 * HOUR_SECONDS);
  world.settle();
  world.pass(23 * HOUR_SECONDS);
  world.settle();
  assert.deepEqual(entriesOf(world), [BOGUS]);
  world.pass(HOUR_SECONDS);
  world.settle();
  assert.deepEqual(entriesOf(world), []);
});

for (
  const [what, text] of [
    ["whose MAC is written like it", "5254.0000.0001"],
    ["that was told its address", "52:54:00:00:00:01"],
  ] as const
) {
  Deno.test(`planUnreadableEntries() keeps the entry of an object ${what}`, () => {
    const world = worldWith("5254.0000.0001");
    putVm(world, text);
    world.stepPool(POOL);
    world.pass(48 * HOUR_SECONDS);
    world.stepPool(POOL);
    assert.deepEqual([entriesOf(world), saidOf(world)], [["5254.0000.0001"], undefined]);
    world.vms.delete("vm");
    world.stepPool(POOL);
    assert.deepEqual(entriesOf(world), ["5254.0000.0001"], "a day from now");
    world.pass(25 * HOUR_SECONDS);
    world.stepPool(POOL);
    assert.deepEqual(entriesOf(world), []);
  });
}

Deno.test("planUnreadableEntries() lets the address of an entry that went be handed out", () => {
  const world = worldWith();
  const spec = { ipAddress: ADDRESS, macAddress: "52:54:00:00:00:0a" };
  const networkConfigs = [{ ...spec, networkName: "default/net-48" }];
  world.put(world.vms, vmnetcfgSample({ metadata: { name: "vm" }, spec: { networkConfigs } }));
  world.settle();
  world.pass(25 * HOUR_SECONDS);
  world.settle();
  assert.equal(world.view(POOL).record.bindings.size, 1);
});

for (const [what, entry] of [["a mark", "EXCLUDED"], ["a MAC with dashes", "52-54-00-00-00-01"]]) {
  Deno.test(`planUnreadableEntries() says nothing of ${what}`, () => {
    assert.equal(saidOf(worldWith(entry)), undefined);
  });
}
