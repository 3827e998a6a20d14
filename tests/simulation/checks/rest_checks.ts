/** What must hold once the faults are over and nothing is left to do. */

import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import { objectAt } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import { BINDINGS_MAX } from "../../../lib/ipam/address_allocator.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import {
  IPPOOL_FINALIZER,
  IPPOOL_NAME_LABEL,
  IPPOOL_NAMESPACE_LABEL,
  VMNETCFG_FINALIZER,
} from "../../../lib/reconcile/names.ts";
import type { ModelApi } from "../api/model_api.ts";
import { FOREIGN_POOL } from "../users/pool_actions.ts";
import { conditionOf, type ConfigFacts, configFacts, type PoolFacts, poolFacts } from "./facts.ts";

/** A NIC with the object that claims an address for it. */
interface Claimant {
  readonly config: ConfigFacts;
  readonly wanted: string | undefined;
}

/** One network as it should be. */
interface NetworkAtRest {
  readonly network: string;
  readonly pools: readonly PoolFacts[];
  /** The pool that hands out addresses. */
  readonly active: PoolFacts | undefined;
  /** By MAC, those that claim an address for it. */
  readonly claimants: ReadonlyMap<string, readonly Claimant[]>;
  /** By MAC, where it is bound: pool and address. */
  readonly bound: ReadonlyMap<string, readonly (readonly [PoolFacts, string])[]>;
}

/**
 * Judges a world at rest.
 *
 * @param mayLabel Whether the controllers may write to networks.
 * @returns A sentence for each promise that is broken.
 */
export function problemsAtRest(api: ModelApi, mayLabel: boolean): readonly string[] {
  const pools = api.list(IPPOOLS).map(poolFacts);
  const configs = api.list(VIRTUAL_MACHINE_NETWORK_CONFIGS).map(configFacts);
  const names = new Set([
    ...pools.map(({ network }) => network),
    ...configs.flatMap(({ nics }) => nics.map(({ network }) => network)),
  ]);
  const networks = [...names].map((name) => networkAtRest(name, pools, configs));
  return [
    ...networks.flatMap(recordProblems),
    ...networks.flatMap(duplicateProblems),
    ...networks.flatMap((network) => network.pools.flatMap((pool) => countProblems(pool, network))),
    ...networks.flatMap(missingProblems),
    ...networks.flatMap((network) => network.pools.flatMap((pool) => poolProblems(pool, network))),
    ...configs.flatMap((config) => configProblems(config, networks)),
    ...(mayLabel ? labelProblems(api, networks) : []),
  ];
}

function networkAtRest(
  network: string,
  allPools: readonly PoolFacts[],
  configs: readonly ConfigFacts[],
): NetworkAtRest {
  const pools = allPools.filter((pool) => pool.network === network)
    .sort((a, b) => compare(`${a.createdAt} ${a.key}`, `${b.createdAt} ${b.key}`));
  const claimants = new Map<string, Claimant[]>();
  for (const config of configs) {
    if (config.isDeleting || (config.isPaused && config.isReadable)) continue;
    for (const nic of config.nics) {
      if (nic.network !== network || !nic.isPossible) continue;
      const known = claimants.get(nic.mac) ?? [];
      claimants.set(nic.mac, [...known, { config, wanted: nic.wanted }]);
    }
  }
  const bound = new Map<string, (readonly [PoolFacts, string])[]>();
  for (const pool of pools) {
    for (const [address, mac] of pool.bindings) {
      bound.set(mac, [...bound.get(mac) ?? [], [pool, address]]);
    }
  }
  return { network, pools, active: pools.find((pool) => !pool.isDeleting), claimants, bound };
}

/** The records hold what is claimed, and each MAC once. */
function recordProblems({ claimants, bound }: NetworkAtRest): readonly string[] {
  return [...bound].flatMap(([mac, places]) => {
    const where = places.map(([{ key }, address]) => `${key} ${address}`).join(", ");
    if (!claimants.has(mac)) return [`${mac} is bound (${where}) and nobody claims it`];
    return places.length > 1 ? [`${mac} is bound more than once: ${where}`] : [];
  });
}

/** No address is at two MACs, whichever pools of the network say so. */
function duplicateProblems({ network, pools }: NetworkAtRest): readonly string[] {
  const holders = new Map<string, string>();
  return pools.flatMap(({ bindings }) =>
    [...bindings].flatMap(([address, mac]) => {
      const holder = holders.get(address);
      holders.set(address, mac);
      return holder === undefined ? [] : [`${address} of ${network} is at ${holder} and at ${mac}`];
    })
  );
}

function countProblems(pool: PoolFacts, { pools }: NetworkAtRest): readonly string[] {
  const counts = objectAt(pool.object["status"], "ipv4");
  const { used, available, total } = counts;
  const problems = used === pool.bindings.size
    ? []
    : [`${pool.key} says used ${used}, and its record has ${pool.bindings.size}`];
  const free = pool.range === undefined ? 0 : freeAddresses(pool, pools).length;
  if (available !== free) problems.push(`${pool.key} says available ${available}, not ${free}`);
  const parts = ["used", "available", "excluded", "reserved"].map((part) => Number(counts[part]));
  const sum = parts.reduce((all, part) => all + part, 0);
  if (pool.range !== undefined && total !== sum) {
    problems.push(`${pool.key} says total ${total}, and its parts are ${parts.join(" + ")}`);
  }
  return problems;
}

/** Addresses that the pool can hand out. */
function freeAddresses(pool: PoolFacts, pools: readonly PoolFacts[]): readonly number[] {
  const { range } = pool;
  if (range === undefined) return [];
  const taken = new Set(
    pools.flatMap(({ bindings, others }) => [...bindings.keys(), ...others.keys()])
      .map((text) => parseIpv4Address(text) as number | undefined),
  );
  const free: number[] = [];
  for (let address: number = range.start; address <= range.end; address++) {
    if (range.kindOf(address as typeof range.start) === "allocatable" && !taken.has(address)) {
      free.push(address);
    }
  }
  return free.slice(0, Math.max(0, BINDINGS_MAX - pool.bindings.size - pool.others.size));
}

/** Each claim has what it wants, as far as there is room. */
function missingProblems(network: NetworkAtRest): readonly string[] {
  const { active, claimants, bound, pools } = network;
  if (active === undefined || active.isPaused || active.range === undefined) return [];
  return [...claimants].flatMap(([mac, all]) => {
    const readable = all.filter(({ config }) => config.isReadable);
    const address = bound.get(mac)?.[0]?.[1];
    // A NIC does not move from one pool to another for an address that it came to want.
    const isElsewhere = bound.get(mac)?.some(([pool]) => pool !== active) ?? false;
    if (readable.length === 0 || isElsewhere) return [];
    const isServed = readable.some(({ wanted }) => wanted === undefined || wanted === address);
    if (address !== undefined && isServed) return [];
    const reasons = readable.map(({ config, wanted }) =>
      reasonAgainst({ config, wanted }, network, {
        pool: active,
        free: freeAddresses(active, pools),
      })
    );
    if (reasons.some((reason) => reason !== undefined)) return [];
    const state = address === undefined ? "has no address" : `stays at ${address}`;
    const wishes = readable.map(({ config, wanted }) => `${config.key} ${wanted ?? "any"}`);
    return [`${mac} ${state}, though nothing stands against it (${wishes.join(", ")})`];
  });
}

/** Why a claim gets nothing new; `undefined` when it must get it. */
function reasonAgainst(
  { config, wanted }: Claimant,
  { claimants, bound, pools }: NetworkAtRest,
  { pool, free }: { readonly pool: PoolFacts; readonly free: readonly number[] },
): string | undefined {
  const { allowedNamespaces, maxAddressesPerNamespace: max = Infinity } = pool.rules;
  if (allowedNamespaces?.includes(config.namespace) === false) return "namespace";
  const held =
    [...claimants].filter(([mac, all]) =>
      bound.has(mac) && all.some((claimant) => claimant.config.namespace === config.namespace)
    ).length;
  if (held >= max) return "limit";
  if (wanted !== undefined) {
    const isTaken = pools.some(({ bindings, others }) =>
      bindings.has(wanted) || others.has(wanted)
    );
    const isAllowed = pool.range?.askedKindOf(parseIpv4Address(wanted)!) === "allocatable";
    return isAllowed && !isTaken ? undefined : "taken";
  }
  // What a NIC was told and lost is kept for it until its object has a finalizer, which it has.
  return free.length === 0 || pools.length === 0 ? "full" : undefined;
}

function poolProblems(pool: PoolFacts, { active }: NetworkAtRest): readonly string[] {
  const { key, object } = pool;
  const { finalizers = [] } = object.metadata;
  const problems: string[] = [];
  if (pool.isDeleting && finalizers.includes(IPPOOL_FINALIZER) && pool.bindings.size === 0) {
    problems.push(`${key} is kept though nobody holds an address of it`);
  }
  if (!pool.isDeleting && !finalizers.includes(IPPOOL_FINALIZER)) {
    problems.push(`${key} has no finalizer`);
  }
  const ready = conditionOf(object, "CacheReady").startsWith("True");
  if (ready !== (pool.range !== undefined)) problems.push(`${key}: CacheReady is wrong`);
  const stopped = conditionOf(object, "Stopped").startsWith("True");
  if (stopped !== pool.isPaused) problems.push(`${key}: Stopped is wrong`);
  const registered = conditionOf(object, "Registered");
  if (registered.startsWith("True") && active !== undefined && active !== pool) {
    problems.push(`${key}: Registered is ${registered}, though ${active.key} serves the network`);
  }
  return problems;
}

function configProblems(
  config: ConfigFacts,
  networks: readonly NetworkAtRest[],
): readonly string[] {
  const { key, object, isDeleting } = config;
  const { finalizers = [] } = object.metadata;
  if (isDeleting) {
    return finalizers.includes(VMNETCFG_FINALIZER) ? [`${key} is kept though it is deleted`] : [];
  }
  const problems = finalizers.includes(VMNETCFG_FINALIZER) ? [] : [`${key} has no finalizer`];
  const allocated = conditionOf(object, "Allocated");
  if (!config.isReadable) {
    return allocated === "False InvalidSpec"
      ? problems
      : [...problems, `${key}: Allocated is "${allocated}", though it cannot be read`];
  }
  // A NIC does not move from one pool to another for an address that it came to want.
  const isElsewhere = config.nics.some(({ network, mac }) => {
    const { active, bound } = networks.find((each) => each.network === network) ?? {};
    return bound?.get(mac)?.some(([pool]) => pool !== active) ?? false;
  });
  if (allocated === "False AwaitingCommit" && !isElsewhere) {
    problems.push(`${key} still awaits a commit`);
  }
  const isDisabled = conditionOf(object, "Disabled").startsWith("True");
  if (isDisabled !== config.isPaused) problems.push(`${key}: Disabled is wrong`);
  return [...problems, ...toldProblems(config, networks), ...allocatedProblems(config, allocated)];
}

/** What the status says is what the record says, for the one owner of each MAC. */
function toldProblems(
  { key, nics, told, isPaused }: ConfigFacts,
  networks: readonly NetworkAtRest[],
): readonly string[] {
  return nics.flatMap(({ network, mac }) => {
    const address = told.find((each) => each.network === network && each.mac === mac)?.address;
    const at = networks.find((each) => each.network === network);
    const bound = at?.bound.get(mac)?.map(([, each]) => each) ?? [];
    if (isPaused) return address === undefined ? [] : [`${key} is paused and told ${address}`];
    const claimants = at?.claimants.get(mac) ?? [];
    const isDecided = at?.active !== undefined && !at.active.isPaused &&
      at.active.range !== undefined;
    if (address !== undefined) {
      if (bound.includes(address) || (bound.length === 0 && !isDecided)) return [];
      return [`${key} is told ${address} for ${mac}, and the record says ${bound[0] ?? "nothing"}`];
    }
    const isOnlyOwner = claimants.length === 1;
    return isOnlyOwner && bound.length > 0
      ? [`${key} is not told that ${mac} has ${bound[0]}`]
      : [];
  });
}

function allocatedProblems(
  { key, nics, told, isPaused }: ConfigFacts,
  allocated: string,
): readonly string[] {
  if (isPaused || nics.length === 0) {
    return allocated.startsWith("False") ? [] : [`${key}: Allocated is ${allocated}`];
  }
  const isTrue = allocated.startsWith("True");
  const isAnyTold = told.some(({ address }) => address !== undefined);
  return isTrue && !isAnyTold ? [`${key}: Allocated is ${allocated} without an address`] : [];
}

/** Each network names the pool that serves it, and no pool that is gone. */
function labelProblems(api: ModelApi, networks: readonly NetworkAtRest[]): readonly string[] {
  return api.list(NETWORK_ATTACHMENT_DEFINITIONS).flatMap((nad: KubeObject) => {
    const { labels = {} } = nad.metadata;
    const name = labels[IPPOOL_NAME_LABEL];
    const named = name === undefined ? undefined : `${labels[IPPOOL_NAMESPACE_LABEL]}/${name}`;
    const active = networks.find(({ network }) => network === keyOf(nad))?.active;
    if (active !== undefined && named !== active.key) {
      return [`${keyOf(nad)} names ${named ?? "no pool"}, and ${active.key} serves it`];
    }
    const isThere = named === undefined || name === FOREIGN_POOL ||
      api.find(IPPOOLS, named) !== undefined;
    return isThere ? [] : [`${keyOf(nad)} names ${named}, which is gone`];
  });
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
