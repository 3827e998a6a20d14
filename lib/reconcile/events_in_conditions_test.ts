/**
 * Nothing depends on an Event having arrived: what a warning says stands in a condition of its object
 * as well, in the write that it is told of.
 */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import { QUIET_WIRE } from "../../tests/support/controller/agent_worlds.ts";
import type { Note } from "../api/event_note.ts";
import { EVENT_REASONS } from "../api/event_reasons.ts";
import { defined, type JsonObject } from "../base/json.ts";
import { agentsCurrentOf, FollowingAgents } from "./network_clear/agents_current.ts";
import { WireNotes } from "./network_clear/wire_notes.ts";

const VMS = ["a", "b", "c"];
const NETWORK = "default/net-48";
const START = "192.168.48.82";

/** Changes that somebody should be told of; `i` chooses a VM, `n` what is chosen about it. */
const CHANGES = {
  make: (world: PlannedWorld, i: number, n: number) => {
    const name = VMS[i]!;
    if (world.vms.has(name)) return;
    const networkConfigs = [nicOf(n), nicOf(i + 1)];
    world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec: { networkConfigs } }));
  },
  remove: (world: PlannedWorld, i: number) => world.delete(world.vms, VMS[i]!),
  wish: (world: PlannedWorld, i: number, n: number) =>
    setVm(world, i, { networkConfigs: [{ ...nicOf(i + 1), ipAddress: `192.168.48.${76 + n}` }] }),
  pause: (world: PlannedWorld, i: number) => setVm(world, i, { paused: true }),
  resume: (world: PlannedWorld, i: number) => setVm(world, i, { paused: false }),
  garble: (world: PlannedWorld, i: number) => setVm(world, i, { networkConfigs: "?" }),
  group: (world: PlannedWorld, i: number) =>
    setVm(world, i, { networkConfigs: [{ ...nicOf(1), macAddress: "01:00:5e:00:00:01" }] }),
  astray: (world: PlannedWorld, i: number) =>
    setVm(world, i, { networkConfigs: [{ ...nicOf(i + 1), networkName: "default/none" }] }),
  exclude: (world: PlannedWorld, _: number, n: number) =>
    setPool(world, { pool: { start: START, end: "192.168.48.84", exclude: [`192.168.48.8${n}`] } }),
  route: (world: PlannedWorld, _: number, n: number) =>
    setPool(world, { router: `192.168.48.8${n}` }),
  options: (world: PlannedWorld, _: number, n: number) =>
    setPool(world, {
      routes: Array.from({ length: 8 * n }, (_, i) => (
        { destination: `10.0.${i}.0/24`, gateway: "192.168.48.1" }
      )),
    }),
  breakPool: (world: PlannedWorld) => setPool(world, { serverIP: "10.0.0.1" }),
  spoilPool: (world: PlannedWorld) => setPool(world, { dns: ["0.0.0.0"] }),
  mendPool: (world: PlannedWorld) => setPool(world, { serverIP: "192.168.48.77", dns: [] }),
  limit: (world: PlannedWorld, _: number, n: number) =>
    world.patch(world.pools, "ippool-1", { spec: { maxAddressesPerNamespace: n } }),
  refuse: (world: PlannedWorld, _: number, n: number) =>
    world.patch(world.pools, "ippool-1", {
      spec: { allowedNamespaces: [n > 2 ? "default" : "others"] },
    }),
  deletePool: (world: PlannedWorld, _: number, n: number) => {
    if (n === 1) world.delete(world.pools, "ippool-1");
  },
  stop: (world: PlannedWorld, _: number, n: number) =>
    world.patch(world.pools, "ippool-1", { spec: { paused: n > 2 } }),
  spoilRecord: (world: PlannedWorld, _: number, n: number) => {
    const ipv4 = { allocated: { [`192.168.48.8${n}`]: "?", "192.168.48.77": "52:54:00:00:00:01" } };
    world.patch(world.pools, "ippool-1", { status: { ipv4 } });
  },
};

function nicOf(n: number): JsonObject {
  return { macAddress: `52:54:00:00:00:0${n}`, networkName: NETWORK };
}

function setVm(world: PlannedWorld, i: number, spec: JsonObject): void {
  world.patch(world.vms, VMS[i]!, { spec });
}

function setPool(world: PlannedWorld, change: JsonObject): void {
  if (!world.pools.has("ippool-1")) return;
  const { ipv4Config } = world.pools.get("ippool-1")!.spec as { ipv4Config: JsonObject };
  world.patch(world.pools, "ippool-1", { spec: { ipv4Config: { ...ipv4Config, ...change } } });
}

/** Steps everything to rest, and looks at each write. @returns The reasons of what was told. */
function settle(world: PlannedWorld): readonly string[] {
  const told: string[] = [];
  for (let wrote = true; wrote;) {
    wrote = false;
    if (world.pools.has("ippool-1")) {
      const { status, notes } = world.planPool("ippool-1");
      const before = world.pools.get("ippool-1")!.status as JsonObject | undefined;
      wrote = world.stepPool("ippool-1") || wrote;
      told.push(...assertSaid(notes, status ?? before));
    }
    for (const name of [...world.vms.keys()]) {
      const { status, notes } = world.planVm(name);
      wrote = world.stepVm(name) || wrote;
      told.push(...assertSaid(notes, status));
    }
  }
  return told;
}

function assertSaid(notes: readonly Note[], status: JsonObject | undefined): readonly string[] {
  for (const { type, reason, note } of notes) {
    assert.equal(type, EVENT_REASONS[reason].type, reason);
    // Good news is the address in the status, or that it is not there any more.
    if (type === "Normal") continue;
    const { conditions = [] } = (status ?? {}) as { conditions?: readonly JsonObject[] };
    const said = conditions.some(({ message }) => String(message).includes(note));
    assert.ok(said, `no condition says: ${reason}: ${note}\n${JSON.stringify(conditions)}`);
  }
  return notes.map(({ reason }) => reason);
}

Deno.test("what a warning says stands in a condition, whatever happens to a pool and its VMs", () => {
  const names = Object.keys(CHANGES) as (keyof typeof CHANGES)[];
  const change = fc.tuple(
    fc.constantFrom(...names, "make", "make", "wish"),
    fc.nat(VMS.length - 1),
    fc.integer({ min: 1, max: 5 }),
  );
  const told = new Set<string>();
  fc.assert(
    fc.property(fc.array(change, { maxLength: 12 }), (changes) => {
      const world = new PlannedWorld();
      world.put(
        world.pools,
        ippoolSample({
          ipv4Config: { router: undefined },
          pool: { start: START, end: "192.168.48.84", exclude: undefined },
        }),
      );
      for (const reason of settle(world)) told.add(reason);
      for (const [name, i, n] of changes) {
        CHANGES[name](world, i, n);
        for (const reason of settle(world)) told.add(reason);
      }
    }),
    { numRuns: 600, seed: 7 },
  );
  assert.ok(told.size >= 15, `too little was told: ${[...told]}`);
});

Deno.test("what is told of stale agents stands in a condition of the pool, whatever agents report", () => {
  const key = "default/ippool-1";
  const step = fc.record({
    instance: fc.constantFrom("agent-a", "agent-b", "agent-c"),
    staleSince: fc.constantFrom(undefined, "2026-01-01T00:00:00Z", "2026-01-01T00:30:00Z"),
    resourceVersion: fc.constantFrom(undefined, "7", "8"),
    pauseMs: fc.nat(40 * 60_000),
  });
  let told = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
      const world = new PlannedWorld();
      world.put(world.pools, ippoolSample());
      const agents = new FollowingAgents();
      const notes = new WireNotes(0);
      let nowMs = 0;
      for (const { instance, staleSince, resourceVersion, pauseMs } of steps) {
        nowMs += pauseMs;
        const report = {
          ...{ pool: key, instance, startedAt: "2026-01-01T00:00:00Z", ...QUIET_WIRE },
          ...defined({ staleSince, resourceVersion }),
        };
        agents.note(report, { poolVersion: "8", monotonicMs: nowMs, nowMs });
        const due = notes.stale(report, { key }, nowMs).map(({ note }) => note);
        const late = agents.late(nowMs, () => true);
        world.wire = { network: "notYet", agents: agentsCurrentOf(late, key) };
        settle(world);
        const { status } = world.pools.get("ippool-1")!;
        told += assertSaid(due, status as JsonObject).length;
      }
    }),
    { numRuns: 100, seed: 7 },
  );
  assert.ok(told >= 100, `${told} Events`);
});
