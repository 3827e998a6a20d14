/** Which namespaces get addresses of a pool, how many, and what the others are told. */

import type { JsonObject } from "../../base/json.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../../tests/support/apiserver/samples.ts";

/** A pool that hands out .82 to .89. */
function worldWith(spec: JsonObject): PlannedWorld {
  const world = new PlannedWorld();
  world.put(world.pools, ippoolSample({ spec }));
  return world;
}

/** Adds a VM of a namespace; the last character of its name ends its MAC. */
function putVm(world: PlannedWorld, name: string, namespace: string, ipAddress?: string): void {
  const macAddress = `52:54:00:00:0c:0${name.at(-1)}`;
  const nic = { macAddress, networkName: "default/net-48", ...(ipAddress && { ipAddress }) };
  const spec = { networkConfigs: [nic] };
  world.put(world.vms, vmnetcfgSample({ metadata: { name, namespace }, spec }));
}

function allocatedOf(world: PlannedWorld, name: string): JsonObject {
  const { conditions } = world.vms.get(name)!.status as { conditions: JsonObject[] };
  return conditions.find(({ type }) => type === "Allocated")!;
}

function reasonsOf(world: PlannedWorld): Record<string, unknown> {
  return Object.fromEntries(
    [...world.vms.keys()].map((name) => [name, allocatedOf(world, name).reason]),
  );
}

function countsOf(world: PlannedWorld): unknown {
  const { ipv4 } = world.pools.get("ippool-1")!.status as { ipv4: JsonObject };
  return ipv4.usedByNamespace;
}

Deno.test("planIPPool() gives a namespace no more than its share, the oldest first, and others theirs", () => {
  const world = worldWith({ maxAddressesPerNamespace: 2 });
  for (const name of ["a-1", "a-2", "a-3", "a-4"]) putVm(world, name, "team-a");
  putVm(world, "b-5", "team-b");
  putVm(world, "b-6", "team-b", "192.168.48.89");
  putVm(world, "b-7", "team-b", "192.168.48.88");
  world.settle();
  assert.deepEqual(reasonsOf(world), {
    "a-1": "AddressesRecorded",
    "a-2": "AddressesRecorded",
    "a-3": "NamespaceLimitReached",
    "a-4": "NamespaceLimitReached",
    // Wanted addresses come first and count as well.
    "b-5": "NamespaceLimitReached",
    "b-6": "AddressesRecorded",
    "b-7": "AddressesRecorded",
  });
  assert.deepEqual(countsOf(world), { "team-a": 2, "team-b": 2 });
  world.delete(world.vms, "a-1");
  world.settle();
  assert.equal(allocatedOf(world, "a-3").reason, "AddressesRecorded");
  assert.equal(allocatedOf(world, "a-4").reason, "NamespaceLimitReached");
});

Deno.test("planIPPool() gives addresses to the namespaces that a pool lists, its own only then", () => {
  const world = worldWith({ allowedNamespaces: ["team-a"] });
  putVm(world, "a-1", "team-a");
  putVm(world, "b-2", "team-b");
  putVm(world, "b-3", "team-b", "192.168.48.88");
  putVm(world, "d-4", "default");
  world.settle();
  assert.deepEqual(reasonsOf(world), {
    "a-1": "AddressesRecorded",
    "b-2": "NamespaceNotAllowed",
    "b-3": "NamespaceNotAllowed",
    "d-4": "NamespaceNotAllowed",
  });
  assert.equal(countsOf(world), undefined);
});

Deno.test("a NIC beyond its namespace's share is told the pool, the limit and what helps, once", () => {
  const world = worldWith({ allowedNamespaces: ["team-a"], maxAddressesPerNamespace: 1 });
  putVm(world, "a-1", "team-a");
  world.settle();
  putVm(world, "a-2", "team-a");
  putVm(world, "b-3", "team-b");
  world.settle();
  assert.equal(
    allocatedOf(world, "a-2").message,
    "52:54:00:00:0c:02 waits: namespace team-a holds 1 of the 1 addresses that " +
      "spec.maxAddressesPerNamespace of ippool default/ippool-1 allows it; take another VM of the " +
      "namespace off the network, or have the limit raised",
  );
  assert.equal(
    allocatedOf(world, "b-3").message,
    "52:54:00:00:0c:03 gets no new address: spec.allowedNamespaces of ippool default/ippool-1 does " +
      "not list namespace team-b; have it added, or use another VM network",
  );
  world.patch(world.vms, "a-2", { status: { conditions: [] } });
  const [note] = world.planVm("a-2").notes;
  assert.deepEqual([note?.type, note?.reason], ["Warning", "NamespaceLimitReached"]);
  world.stepVm("a-2");
  assert.deepEqual(world.planVm("a-2").notes, []);
});

Deno.test("planIPPool() keeps what VMs hold when limits come over them, and lets those move that may stay", () => {
  const world = worldWith({});
  for (const name of ["a-1", "a-2", "a-3"]) putVm(world, name, "team-a");
  putVm(world, "b-4", "team-b");
  world.settle();
  const before = [...world.view("ippool-1").record.bindings];
  const limits = { allowedNamespaces: ["team-a"], maxAddressesPerNamespace: 1 };
  world.patch(world.pools, "ippool-1", { spec: limits });
  world.settle();
  assert.deepEqual([...world.view("ippool-1").record.bindings], before);
  assert.deepEqual(countsOf(world), { "team-a": 3, "team-b": 1 });
  const wants = (name: string, ipAddress: string) => {
    const { networkConfigs } = world.vms.get(name)!.spec as { networkConfigs: JsonObject[] };
    const spec = { networkConfigs: [{ ...networkConfigs[0], ipAddress }] };
    world.patch(world.vms, name, { spec });
  };
  wants("a-1", "192.168.48.88");
  wants("b-4", "192.168.48.89");
  world.settle();
  assert.equal(allocatedOf(world, "a-1").reason, "AddressesRecorded");
  assert.equal(allocatedOf(world, "b-4").reason, "NamespaceNotAllowed");
  assert.match(
    String(allocatedOf(world, "b-4").message),
    /; it keeps 192\.168\.48\.85 until then; have it added, or use another VM network$/,
  );
});

Deno.test("planIPPool() records again what was told before a limit came", () => {
  const world = worldWith({});
  for (const name of ["a-1", "a-2", "a-3"]) putVm(world, name, "team-a");
  world.settle();
  const before = [...world.view("ippool-1").record.bindings];
  world.patch(world.pools, "ippool-1", {
    status: undefined,
    spec: { maxAddressesPerNamespace: 1 },
  });
  world.settle();
  assert.deepEqual([...world.view("ippool-1").record.bindings], before);
});

Deno.test("no history hands out more than a namespace's share, or leaves a share unused", () => {
  const NAMESPACES = ["team-a", "team-b", "team-c"];
  const step = fc.record({
    kind: fc.constantFrom("create", "create", "delete", "pause", "resume", "pool", "vm", "restart"),
    vm: fc.integer({ min: 0, max: 8 }),
    wanted: fc.option(fc.integer({ min: 82, max: 89 }), { nil: undefined, freq: 1 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const limits = { allowedNamespaces: ["team-a", "team-b"], maxAddressesPerNamespace: 2 };
      const world = worldWith(limits);
      for (const { kind, vm, wanted } of steps) {
        const name = `vm-${vm}`;
        const address = wanted === undefined ? undefined : `192.168.48.${wanted}`;
        if (kind === "create" && !world.vms.has(name)) {
          putVm(world, name, NAMESPACES[vm % 3]!, address);
        } else if (kind === "delete") world.delete(world.vms, name);
        else if (kind === "pause") world.patch(world.vms, name, { spec: { paused: true } });
        else if (kind === "resume") world.patch(world.vms, name, { spec: { paused: false } });
        else if (kind === "pool") world.stepPool("ippool-1");
        else if (kind === "vm") world.stepVm(name);
        else world.restart();
        for (const count of Object.values(heldOf(world))) assert.ok(count <= 2);
        assert.equal(heldOf(world)["team-c"], undefined);
      }
      world.settle();
      assert.deepEqual(countsOf(world), heldOf(world));
      for (const [name, reason] of Object.entries(reasonsOf(world))) {
        const { namespace = "" } = world.vms.get(name)!.metadata;
        if (reason === "NamespaceLimitReached") assert.equal(heldOf(world)[namespace], 2);
        assert.notEqual(reason, "AwaitingCommit");
      }
    }),
    { numRuns: 300 },
  );
});

Deno.test("a MAC brings no other namespace more than its share, however its VM gave it up", () => {
  for (const end of ["delete", "pause", "drop"]) {
    for (const isPoolFirst of [true, false]) {
      const limits = { allowedNamespaces: ["team-a", "team-b"], maxAddressesPerNamespace: 1 };
      const world = worldWith(limits);
      putVm(world, "b-3", "team-b");
      putVm(world, "a-1", "team-a");
      putVm(world, "b-2", "team-b");
      world.settle();
      putVm(world, "b-1", "team-b");
      putVm(world, "c-3", "team-c");
      world.settle();
      for (const name of ["a-1", "b-3"]) {
        if (end === "delete") world.delete(world.vms, name);
        else if (end === "pause") world.patch(world.vms, name, { spec: { paused: true } });
        else world.patch(world.vms, name, { spec: { networkConfigs: [] } });
      }
      if (isPoolFirst) world.stepPool("ippool-1");
      for (const name of ["b-1", "c-3"]) world.stepVm(name);
      world.settle();
      assert.deepEqual(countsOf(world), { "team-b": 1 }, end);
      assert.equal(allocatedOf(world, "c-3").reason, "NamespaceNotAllowed");
      const reasons = ["b-1", "b-2"].map((name) => allocatedOf(world, name).reason);
      assert.deepEqual(reasons.sort(), ["AddressesRecorded", "NamespaceLimitReached"]);
    }
  }
});

Deno.test("a MAC that passes to a full namespace costs no VM there its address", () => {
  for (const isPoolFirst of [true, false]) {
    for (const isRestarted of [true, false]) {
      const world = worldWith({ maxAddressesPerNamespace: 1 });
      putVm(world, "a-1", "team-a");
      world.settle();
      // Older than the one that holds the namespace's address.
      putVm(world, "b-1", "team-b");
      putVm(world, "b-2", "team-b");
      world.settle();
      const held = allocatedOf(world, "b-2");
      assert.equal(held.reason, "AddressesRecorded");
      world.delete(world.vms, "a-1");
      if (isRestarted) world.restart();
      if (isPoolFirst) world.stepPool("ippool-1");
      world.stepVm("b-1");
      world.settle();
      assert.deepEqual(allocatedOf(world, "b-2"), held);
      // After a start, nobody knows which of two that were told an address had it first.
      const isLate = isRestarted && !isPoolFirst;
      const expected = isLate ? "AddressesRecorded" : "NamespaceLimitReached";
      assert.equal(allocatedOf(world, "b-1").reason, expected);
    }
  }
});

Deno.test("a namespace is counted whatever it is called", () => {
  const world = worldWith({ maxAddressesPerNamespace: 1 });
  for (const name of ["b-2", "a-3"]) putVm(world, name, name);
  world.settle();
  for (const name of ["c-2", "c-3"]) putVm(world, name, "constructor");
  for (const name of ["b-2", "a-3"]) world.delete(world.vms, name);
  world.settle();
  assert.deepEqual(countsOf(world), { constructor: 1 });
  assert.match(`${allocatedOf(world, "c-3").message}`, /namespace constructor holds 1 of/);
});

Deno.test("a MAC that passes to a full namespace costs a VM whose object cannot be read nothing", () => {
  const world = worldWith({ maxAddressesPerNamespace: 1 });
  putVm(world, "a-1", "team-a");
  putVm(world, "b-2", "team-b");
  putVm(world, "b-1", "team-b");
  world.settle();
  world.patch(world.vms, "b-2", { spec: { paused: "bogus" } });
  world.delete(world.vms, "a-1");
  world.stepPool("ippool-1");
  world.settle();
  assert.deepEqual(countsOf(world), { "team-b": 1 });
  assert.equal(allocatedOf(world, "b-1").reason, "NamespaceLimitReached");
});

Deno.test("a namespace that a pool does not list keeps no MAC from the VMs of others", () => {
  const world = worldWith({ allowedNamespaces: ["team-a"] });
  putVm(world, "c-1", "team-c");
  world.settle();
  putVm(world, "a-1", "team-a");
  world.settle();
  assert.equal(allocatedOf(world, "a-1").reason, "AddressesRecorded");
  assert.equal(allocatedOf(world, "c-1").reason, "DuplicateMAC");
  // Who was told an address lives with it.
  world.patch(world.pools, "ippool-1", { spec: { allowedNamespaces: ["team-c"] } });
  world.settle();
  assert.equal(allocatedOf(world, "a-1").reason, "AddressesRecorded");
});

/** Namespace to bindings, by the MACs that its VMs have. */
function heldOf(world: PlannedWorld): Record<string, number> {
  const { ipv4 } = (world.pools.get("ippool-1")!.status ?? {}) as { ipv4?: JsonObject };
  const macs = Object.values(ipv4?.allocated ?? {});
  const held: Record<string, number> = {};
  for (const { metadata: { name, namespace = "" } } of world.vms.values()) {
    if (!macs.includes(`52:54:00:00:0c:0${name.at(-1)}`)) continue;
    held[namespace] = (held[namespace] ?? 0) + 1;
  }
  return held;
}
