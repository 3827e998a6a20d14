/** Properties of both planners together, over random histories. */

import type { JsonObject } from "../base/json.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../net/mac_address.ts";

const NETWORK = "default/net-48";
const VM_NAMES = ["a", "b", "c", "d", "e"];

interface Step {
  readonly kind:
    | "create"
    | "delete"
    | "pause"
    | "resume"
    | "break"
    | "repair"
    | "want"
    | "stepPool"
    | "stepVm"
    | "pausePool"
    | "resumePool"
    | "restart"
    | "settle";
  readonly vm: string;
  readonly macs: readonly number[];
  readonly last: number;
}

const STEP: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom<Step["kind"]>(
    ...["create", "delete", "pause", "resume", "break", "repair", "want"] as const,
    ...["pausePool", "resumePool", "restart", "settle", "create", "create"] as const,
    ...["stepPool", "stepPool", "stepPool", "stepVm", "stepVm", "stepVm"] as const,
    ...["want", "want", "settle"] as const,
  ),
  vm: fc.constantFrom(...VM_NAMES),
  macs: fc.array(fc.integer({ min: 1, max: 7 }), { maxLength: 3 }),
  last: fc.integer({ min: 82, max: 90 }),
});

function macText(number: number): string {
  return `52:54:00:00:00:0${number}`;
}

/** A world with a pool of seven addresses, 83 to 89. */
function createWorld(): PlannedWorld {
  const world = new PlannedWorld();
  const pool = { start: "192.168.48.82", exclude: ["192.168.48.82", "192.168.48.90"] };
  world.put(world.pools, ippoolSample({ pool, ipv4Config: { hostnameFromVM: true } }));
  return world;
}

function carryOut(world: PlannedWorld, { kind, vm, macs, last }: Step): void {
  const nics = macs.map((mac) => ({ macAddress: macText(mac), networkName: NETWORK }));
  const spec = world.vms.get(vm)?.spec as { networkConfigs: JsonObject[] } | undefined;
  function changeFirstNic(change: JsonObject): void {
    if (spec?.networkConfigs[0] === undefined) return;
    const networkConfigs = [{ ...spec.networkConfigs[0], ...change }].concat(
      spec.networkConfigs.slice(1) as never,
    );
    world.patch(world.vms, vm, { spec: { networkConfigs } });
  }
  switch (kind) {
    case "create":
      if (spec !== undefined) return;
      return world.put(
        world.vms,
        vmnetcfgSample({ metadata: { name: vm }, spec: { networkConfigs: nics } }),
      );
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
    case "pausePool":
    case "resumePool":
      return world.patch(world.pools, "ippool-1", { spec: { paused: kind === "pausePool" } });
    case "restart":
      return world.restart();
    case "settle":
      return world.settle();
    case "stepPool":
      return void world.stepPool("ippool-1");
    case "stepVm":
      return void world.stepVm(vm);
    default:
      return kind satisfies never;
  }
}

/**
 * MACs that living objects name, with an address that one of them wants. An object that cannot be read
 * keeps what it holds, whatever else its specification says: a pause in it is not believed either.
 */
function liveNics(world: PlannedWorld): Map<MacAddress, string | undefined> {
  const nics = new Map<MacAddress, string | undefined>();
  for (const { metadata, spec } of world.vms.values()) {
    const { paused, networkConfigs } = spec as { paused?: boolean; networkConfigs: JsonObject[] };
    const isReadable = networkConfigs.every(({ ipAddress }) => ipAddress !== "bogus");
    if (metadata.deletionTimestamp !== undefined || isReadable && paused === true) continue;
    for (const nic of networkConfigs) {
      const mac = parseMacAddress(nic.macAddress as string)!;
      const wanted = isReadable ? nic.ipAddress as string | undefined : undefined;
      nics.set(mac, nics.get(mac) ?? wanted);
    }
  }
  return nics;
}

function assertInjective(bindings: ReadonlyMap<Ipv4Address, MacAddress>): void {
  const macs = [...bindings.values()];
  assert.equal(new Set(macs).size, macs.length, `one MAC twice: ${macs.map(formatMacAddress)}`);
}

Deno.test("no history makes the planners bind twice, move a living claim, or lose one", () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 40 }), (steps) => {
      const world = createWorld();
      for (const step of steps) {
        const before = world.view("ippool-1").record.addresses;
        const livedBefore = liveNics(world);
        carryOut(world, step);
        const { record } = world.view("ippool-1");
        assertInjective(record.bindings);
        assertOnlyBoundAreNamed(world);
        const lives = liveNics(world);
        for (const [mac, address] of before) {
          const isUndemanding = lives.has(mac) && lives.get(mac) === undefined &&
            livedBefore.has(mac) && livedBefore.get(mac) === undefined;
          if (isUndemanding) assert.equal(record.addresses.get(mac), address, step.kind);
          const lived = lives.has(mac) && livedBefore.has(mac);
          if (lived) assert.ok(record.addresses.has(mac), `${step.kind} lost a binding`);
        }
      }
      world.patch(world.pools, "ippool-1", { spec: { paused: false } });
      world.settle();
      assertSettled(world);
    }),
    { numRuns: 500 },
  );
});

function assertOnlyBoundAreNamed(world: PlannedWorld): void {
  const { record, hostnames } = world.view("ippool-1");
  for (const address of Object.keys(hostnames)) {
    assert.ok(record.bindings.has(parseIpv4Address(address)!), `${address} is named, not bound`);
  }
}

/** At rest every binding has a claim, and every claim has a binding or a reason. */
function assertSettled(world: PlannedWorld): void {
  const { record } = world.view("ippool-1");
  const lives = liveNics(world);
  assertInjective(record.bindings);
  for (const mac of record.addresses.keys()) assert.ok(lives.has(mac), "a binding without a claim");
  const bound = new Set([...record.addresses.keys()].map(formatMacAddress));
  for (const { status, metadata } of world.vms.values()) {
    assert.equal(metadata.deletionTimestamp, undefined, "a deleted object stayed");
    const { conditions } = status as { conditions: JsonObject[] };
    const allocated = conditions.find(({ type }) => type === "Allocated")!;
    assert.notEqual(allocated.reason, "AwaitingCommit");
    const nics = (status as { networkConfigs?: JsonObject[] }).networkConfigs ?? [];
    for (const nic of nics) {
      if (nic.state === "Allocated") assert.ok(bound.has(nic.macAddress as string));
      else assert.equal(allocated.status, "False");
    }
  }
  const { ipv4 } = world.pools.get("ippool-1")!.status as { ipv4: JsonObject };
  assert.equal(ipv4.used, record.bindings.size);
  assert.equal(Object.keys(ipv4.hostnames ?? {}).length, record.bindings.size, "host names");
}

Deno.test("every claim of a pool with room is bound in the end, whatever the order of steps", () => {
  const order = fc.array(
    STEP.filter(({ kind }) => kind === "stepPool" || kind === "stepVm" || kind === "restart"),
    { maxLength: 30 },
  );
  fc.assert(fc.property(order, (steps) => {
    const world = createWorld();
    VM_NAMES.forEach((name, i) => {
      const nic = { macAddress: macText(i + 1), networkName: NETWORK };
      const spec = { vmName: name, networkConfigs: [nic] };
      world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec }));
    });
    for (const step of steps) carryOut(world, step);
    world.settle();
    assert.equal(world.view("ippool-1").record.bindings.size, VM_NAMES.length);
    for (const name of VM_NAMES) world.delete(world.vms, name);
    world.settle();
    assert.equal(world.vms.size, 0);
    assert.equal(world.view("ippool-1").record.bindings.size, 0);
  }));
});
