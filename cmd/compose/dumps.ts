/** The cache dumps of a process that has pools in a cache, and maybe agents. */

import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import type { Observed } from "../../lib/api/meta.ts";
import type { MacAddress } from "../../lib/net/mac_address.ts";
import type { ServingAgent } from "../../lib/agent/host/agent_set.ts";
import type { Dump } from "../../lib/endpoints/shared_dumps.ts";
import type { Cache } from "../../lib/kube/contract.ts";
import {
  type CacheDump,
  dumpIpam,
  dumpLeases,
  dumpMacCache,
} from "../../lib/reconcile/cache_dump.ts";
import { IPPOOL_BY_NETWORK } from "../../lib/reconcile/kinds.ts";
import { networkOfPool } from "../../lib/reconcile/raw_fields.ts";
import { activePoolOf, type PoolView, poolViewOf } from "../../lib/reconcile/ippool/pool_view.ts";

/** VM networks that have a pool. */
export function networksOf(pools: Cache<Observed<IPPool>>): readonly string[] {
  return [...new Set(pools.list().flatMap((pool) => networkOfPool(pool) ?? []))].sort();
}

/** `/ipams` of a VM network; there is none when no pool serves it. */
export function ipamOf(pools: Cache<Observed<IPPool>>, network: string): Dump {
  return dumpOf(pools.byIndex(IPPOOL_BY_NETWORK, network), dumpIpam);
}

/** `/caches` of a VM network; there is none when no pool serves it. */
export function macCacheOf(pools: Cache<Observed<IPPool>>, network: string): Dump {
  return dumpOf(pools.byIndex(IPPOOL_BY_NETWORK, network), dumpMacCache);
}

/**
 * `/leases` of one pool; there are none when it has no agent here. Without a pool, of all: a MAC that
 * has leases of several pools is listed with one of them.
 *
 * @param isVerbose With when each client was last seen.
 */
export function leasesOf(
  agents: ReadonlyMap<string, ServingAgent>,
  pool: string | undefined,
  isVerbose: boolean,
): Dump {
  const agent = pool === undefined ? undefined : agents.get(pool);
  if (pool !== undefined && agent === undefined) return { version: [], make: () => undefined };
  const shown = agent === undefined ? [...agents.values()] : [agent];
  const version = shown.flatMap(({ table, wire }) =>
    isVerbose ? [table, wire.dumpVersion()] : [table]
  );
  const dumps = () =>
    shown.map(({ table, wire }) =>
      dumpLeases(table, isVerbose ? (mac) => wire.lastSeenOf(mac) : undefined)
    );
  return { version, make: () => withoutRepetitions(dumps()) };
}

/**
 * `/unknown` of one pool; there is none when it has no agent here. Without a pool, of all. Where pools share
 * a network, their agents see each other's clients: what has a binding in another pool is left out.
 */
export function unknownOf(
  agents: ReadonlyMap<string, ServingAgent>,
  pool: string | undefined,
): Dump | undefined {
  const shown = [...agents].filter(([key]) => pool === undefined || key === pool);
  if (pool !== undefined && shown.length === 0) return undefined;
  const isBound = (mac: MacAddress) => agents.values().some(({ table }) => table.indexOf(mac) >= 0);
  return {
    version: [...agents.values()].flatMap(({ table, wire }) => [table, wire.dumpVersion()]),
    make: () => shown.values().map(([key, { wire }]) => [key, wire.unknown(isBound)] as const),
  };
}

function* withoutRepetitions(dumps: readonly CacheDump[]): Generator<readonly [string, string]> {
  const seen = new Set<string>();
  for (const dump of dumps) {
    for (const entry of dump) {
      if (!seen.has(entry[0])) yield entry;
      seen.add(entry[0]);
    }
  }
}

/** A dump of the pool that serves a VM network, one of these. */
function dumpOf(
  pools: readonly Observed<IPPool>[],
  show: (pool: PoolView) => CacheDump,
): Dump {
  return {
    version: pools,
    make: () => {
      const pool = activePoolOf(pools.map(poolViewOf));
      return pool && show(pool);
    },
  };
}
