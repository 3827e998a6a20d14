/** What a message says is true of the world that it was made from: its facts are read back and looked up. */

import assert from "node:assert/strict";
import fc from "fast-check";
import { ippoolSample, vmnetcfgSample } from "../../tests/support/apiserver/samples.ts";
import { PlannedWorld } from "../../tests/support/controller/planned_world.ts";
import { type JsonObject, valueAt } from "../base/json.ts";
import { keyOf, type KubeObject } from "../api/meta.ts";
import { parseIpv4Address } from "../net/ipv4_address.ts";
import { objectOf } from "./raw_fields.ts";

const NETWORK = "default/net-48";

/** An object whose message is looked at, and the world. */
interface Context {
  readonly world: PlannedWorld;
  readonly self: KubeObject;
}

/** Whether the facts are true; `words` are what the parentheses of the pattern found. */
type Fact = readonly [pattern: RegExp, isTrue: (words: readonly string[], at: Context) => boolean];

const FACTS: Readonly<Record<string, Fact>> = {
  has: [
    /([0-9a-f:]{17}) on (\S+) has ([0-9.]+) of ippool (\S+?)(?=;|$)/g,
    ([mac, network, address, key], at) =>
      allocatedIn(at, key!)[address!] === mac &&
      valueAt(poolOf(at, key!), "spec.networkName") === network,
  ],
  keeps: [
    /for ([0-9a-f:]{17}) [^;]*; it keeps ([0-9.]+) until then/g,
    ([mac, address], at) => pools(at).some((pool) => mapOf(pool)[address!] === mac),
  ],
  held: [
    /([0-9.]+) for \S+ is held by (\S+) \(VirtualMachineNetworkConfig (\S+)\) in ippool (\S+?);/g,
    ([address, mac, vm, key], at) =>
      allocatedIn(at, key!)[address!] === mac &&
      nicsOf(vmOf(at, vm!)).some((nic) => nic.macAddress === mac),
  ],
  excluded: [
    /([0-9.]+) for \S+ is excluded from ippool (\S+) /g,
    ([address, key], at) =>
      (valueAt(poolOf(at, key!), "spec.ipv4Config.pool.exclude") as string[]).includes(address!),
  ],
  role: [
    /([0-9.]+) for \S+ is the (serverIP|router) of ippool (\S+?);/g,
    ([address, role, key], at) => valueAt(poolOf(at, key!), `spec.ipv4Config.${role}`) === address,
  ],
  outside: [
    /([0-9.]+) for \S+ is not in (\S+), the subnet of ippool (\S+?);/g,
    ([address, cidr, key], at) =>
      !address!.startsWith("192.168.48.") &&
      valueAt(poolOf(at, key!), "spec.ipv4Config.cidr") === cidr,
  ],
  full: [
    /waits: all addresses are in use in ippool (\S+) \((\S+) to (\S+)\)/g,
    ([key, start, end], at) => {
      const pool = poolOf(at, key!);
      const range = fieldsAt(pool, "spec.ipv4Config.pool");
      return range.start === start && range.end === end && freeIn(at, pool).length === 0;
    },
  ],
  noPool: [
    /no ippool serves VM network (\S+?);/g,
    ([network], at) => pools(at).every((pool) => valueAt(pool, "spec.networkName") !== network),
  ],
  owner: [
    /([0-9a-f:]{17}) on \S+ belongs to VirtualMachineNetworkConfig (\S+?);/g,
    ([mac, vm], at) => {
      const owner = vmOf(at, vm!);
      return owner !== at.self && !isPaused(owner) &&
        nicsOf(owner).some((nic) => nic.macAddress === mac);
    },
  ],
  older: [
    /VM network (\S+) is served by ippool (\S+), (as this one is being deleted|which is older|which is of the same age)/g,
    ([network, key, why], at) => {
      const other = poolOf(at, key!);
      const [ours, theirs] = [at.self, other].map(({ metadata }) => metadata.creationTimestamp!);
      if (
        other === at.self || isDeleting(other) || valueAt(other, "spec.networkName") !== network
      ) return false;
      if (why === "as this one is being deleted") return isDeleting(at.self);
      return !isDeleting(at.self) && (why === "which is older" ? theirs! < ours! : theirs === ours);
    },
  ],
  paused: [
    /(ippool|vmnetcfg) (\S+) was administratively disabled/g,
    ([kind, key], at) => isPaused(kind === "ippool" ? poolOf(at, key!) : vmOf(at, key!)),
  ],
  notPaused: [
    /spec\.paused of (ippool|vmnetcfg) (\S+) is not true/g,
    ([kind, key], at) => !isPaused(kind === "ippool" ? poolOf(at, key!) : vmOf(at, key!)),
  ],
  limit: [
    /namespace default holds (\d+) of the (\d+) addresses that \S+ of ippool (\S+) /g,
    ([held, max, key], at) => {
      const bound = Object.values(allocatedIn(at, key!)).filter((text) => text.includes(":"));
      return bound.length === Number(held) &&
        valueAt(poolOf(at, key!), "spec.maxAddressesPerNamespace") === Number(max);
    },
  ],
  answers: [
    /agents of ippool (\S+) answer(?=;|$)/g,
    ([key], at) => !isPaused(poolOf(at, key!)) && agentReadyOf(at, key!)?.status === "True",
  ],
  silent: [
    /no agent of ippool (\S+) answers \((\w+)\)/g,
    ([key, reason], at) => {
      const ready = agentReadyOf(at, key!);
      return ready?.status === "False" && ready.reason === reason;
    },
  ],
  leaving: [
    /ippool (\S+) is not ready: it is being deleted/g,
    ([key], at) => isDeleting(poolOf(at, key!)),
  ],
  invalid: [
    /ippool (\S+) is not ready: its specification is invalid/g,
    ([key], at) => valueAt(poolOf(at, key!), "spec.ipv4Config.serverIP") === "10.0.0.1",
  ],
};

function fieldsAt(object: KubeObject, path: string): JsonObject {
  return objectOf(valueAt(object, path));
}

function pools({ world }: Context): readonly KubeObject[] {
  return [...world.pools.values()];
}

function poolOf(at: Context, key: string): KubeObject {
  return pools(at).find((pool) => keyOf(pool) === key)!;
}

function vmOf({ world }: Context, key: string): KubeObject {
  return [...world.vms.values()].find((vm) => keyOf(vm) === key)!;
}

function mapOf(pool: KubeObject): Readonly<Record<string, string>> {
  return fieldsAt(pool, "status.ipv4.allocated") as Record<string, string>;
}

function allocatedIn(at: Context, key: string): Readonly<Record<string, string>> {
  return mapOf(poolOf(at, key));
}

function nicsOf(vm: KubeObject): readonly JsonObject[] {
  return valueAt(vm, "spec.networkConfigs") as readonly JsonObject[];
}

function isPaused(object: KubeObject): boolean {
  return valueAt(object, "spec.paused") === true;
}

function isDeleting({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function conditionsOf(object: KubeObject): readonly JsonObject[] {
  return (valueAt(object, "status.conditions") ?? []) as readonly JsonObject[];
}

function agentReadyOf(at: Context, key: string): JsonObject | undefined {
  return conditionsOf(poolOf(at, key)).find(({ type }) => type === "AgentReady");
}

/** Addresses of a pool's range that it may hand out: no pool has recorded anything of them. */
function freeIn(at: Context, pool: KubeObject): readonly string[] {
  const { start, end } = fieldsAt(pool, "spec.ipv4Config.pool");
  const [first, last] = [start, end].map((text) => parseIpv4Address(String(text))! & 255);
  const all = Array.from({ length: last! - first! + 1 }, (_, i) => `192.168.48.${first! + i}`);
  // Of a pool that stands alone its counts say the same.
  return all.filter((address) => pools(at).every((each) => mapOf(each)[address] === undefined));
}

const ADDRESSES = ["10.9.9.9", "192.168.48.77", ...[2, 3, 4, 5].map((n) => `192.168.48.8${n}`)];
const NICS = fc.record({
  macAddress: fc.integer({ min: 1, max: 4 }).map((n) => `52:54:00:00:00:0${n}`),
  ipAddress: fc.constantFrom(undefined, undefined, undefined, ...ADDRESSES),
  networkName: fc.constantFrom(NETWORK, NETWORK, NETWORK, "default/none"),
});

const VM = fc.constantFrom("a", "b", "c", "d");
const POOL = fc.constantFrom("ippool-1", "ippool-2");
const IPV4_CONFIGS: readonly JsonObject[] = [
  ...[{}, {}, { router: "192.168.48.82" }, { serverIP: "10.0.0.1" }, { serverIP: "192.168.48.77" }],
  { pool: { start: "192.168.48.82", end: "192.168.48.84", exclude: ["192.168.48.83"] } },
];
const POOL_SPECS: readonly JsonObject[] = [
  ...[{ paused: true }, { paused: false }, { maxAddressesPerNamespace: 1 }],
  { maxAddressesPerNamespace: undefined },
];

type Change = (world: PlannedWorld) => void;

const CHANGES: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(VM, fc.array(NICS, { minLength: 1, maxLength: 2 })).map(
    ([name, nics]): Change => (world) => {
      const spec = { networkConfigs: nics };
      if (world.vms.has(name)) world.patch(world.vms, name, { spec });
      else world.put(world.vms, vmnetcfgSample({ metadata: { name }, spec }));
    },
  ),
  fc.tuple(VM, fc.boolean()).map(([name, paused]): Change => (world) =>
    world.patch(world.vms, name, { spec: { paused } })
  ),
  VM.map((name): Change => (world) => world.delete(world.vms, name)),
  fc.tuple(POOL, fc.nat(1)).map(([name, second]) => makePool(name, second)),
  POOL.map((name): Change => (world) => world.delete(world.pools, name)),
  fc.tuple(POOL, fc.constantFrom(...POOL_SPECS), fc.constantFrom(...IPV4_CONFIGS)).map(
    ([name, spec, changed]): Change => (world) => {
      const pool = world.pools.get(name);
      if (pool === undefined) return;
      const ipv4Config = { ...fieldsAt(pool, "spec.ipv4Config"), ...changed };
      world.patch(world.pools, name, { spec: { ...spec, ipv4Config } });
    },
  ),
  fc.constantFrom(true, false, undefined).map((ready): Change => (world) => {
    const reason = ready ? "Serving" : "Starting";
    world.agent = ready === undefined ? undefined : { ready, reason, message: "as it is" };
  }),
);

function makePool(name: string, second: number): Change {
  const pool = { start: "192.168.48.82", end: "192.168.48.83", exclude: [] };
  const metadata = { name, creationTimestamp: `2026-01-01T00:00:0${second}Z` };
  const made = ippoolSample({ metadata, pool, ipv4Config: { router: undefined } });
  return (world) => {
    if (!world.pools.has(name)) world.put(world.pools, made);
  };
}

/** Looks at all messages. @returns The facts that were found in them. */
function check(world: PlannedWorld): readonly string[] {
  return [...world.pools.values(), ...world.vms.values()].flatMap((self) =>
    conditionsOf(self).flatMap(({ type, message }) => {
      assert.notEqual(message, "", `${keyOf(self)} ${type}`);
      return Object.entries(FACTS).flatMap(([name, [pattern, isTrue]]) =>
        [...String(message).matchAll(pattern)].map((found) => {
          const said = `${keyOf(self)} ${type}: ${message}`;
          assert.ok(isTrue(found.slice(1), { world, self }), `not true (${name}): ${said}`);
          return name;
        })
      );
    })
  );
}

Deno.test("each message of a condition is true of the world that it was made from", () => {
  const found = new Map(Object.keys(FACTS).map((name) => [name, 0]));
  fc.assert(
    fc.property(fc.array(CHANGES, { minLength: 4, maxLength: 20 }), (changes) => {
      const world = new PlannedWorld();
      makePool("ippool-1", 0)(world);
      for (const change of changes) {
        change(world);
        world.settle();
        for (const name of check(world)) found.set(name, found.get(name)! + 1);
      }
    }),
    { numRuns: 400, seed: 16 },
  );
  const rare = [...found].filter(([, times]) => times < 2);
  assert.deepEqual(rare, [], "each kind of fact was looked up");
});
