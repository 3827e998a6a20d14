/** The cache dumps of a process that has pools in a cache, and maybe agents. */

import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import type { Observed } from "../../lib/api/meta.ts";
import type { LeaseTable } from "../../lib/dhcpv4/lease.ts";
import type { Cache } from "../../lib/kube/contract.ts";
import {
  type CacheDump,
  dumpIpam,
  dumpLeases,
  dumpMacCache,
} from "../../lib/reconcile/cache_dump.ts";
import { IPPOOL_BY_NETWORK } from "../../lib/reconcile/kinds.ts";
import { activePoolOf, type PoolView, poolViewOf } from "../../lib/reconcile/ippool/pool_view.ts";

/** `/ipams` of a VM network; `undefined` when no pool serves it. */
export function ipamOf(pools: Cache<Observed<IPPool>>, network: string): CacheDump | undefined {
  const pool = poolOf(pools, network);
  return pool && dumpIpam(pool);
}

/** `/caches` of a VM network; `undefined` when no pool serves it. */
export function macCacheOf(pools: Cache<Observed<IPPool>>, network: string): CacheDump | undefined {
  const pool = poolOf(pools, network);
  return pool && dumpMacCache(pool);
}

/**
 * `/leases` of one pool; `undefined` when it has no agent here. Without a pool, of all: a MAC that
 * has leases of several pools is listed with one of them.
 */
export function leasesOf(
  tables: ReadonlyMap<string, LeaseTable>,
  pool: string | undefined,
): CacheDump | undefined {
  if (pool === undefined) return Object.assign({}, ...[...tables.values()].map(dumpLeases));
  const table = tables.get(pool);
  return table && dumpLeases(table);
}

/** The pool that serves a VM network. */
function poolOf(pools: Cache<Observed<IPPool>>, network: string): PoolView | undefined {
  return activePoolOf(pools.byIndex(IPPOOL_BY_NETWORK, network).map(poolViewOf));
}
