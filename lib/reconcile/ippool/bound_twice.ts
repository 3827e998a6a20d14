/**
 * Addresses that pools of one network bind to different MACs: somebody edited a record, or brought
 * back an old one. Two VMs must not live with one address, so one of the pools gives it up.
 */

import { joinSome } from "../../base/sentences.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import type { NetworkClaims } from "../claims.ts";
import { holderOf } from "./pool_marks.ts";
import { byAge, type PoolView } from "./pool_view.ts";

const SHOWN_MAX = 5;

/** A binding that a pool gives up. */
export interface YieldedBinding {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  /** The other MAC, and the pool that goes on binding the address to it. */
  readonly rival: MacAddress;
  readonly keeper: PoolView;
}

/**
 * The bindings that a pool gives up. The VM that was told the address keeps it. If both were, or
 * neither, the pool keeps it that comes first: the one that hands out addresses does.
 */
export function yieldedBindingsOf(
  { pool, others, claims }: {
    readonly pool: PoolView;
    readonly others: readonly PoolView[];
    readonly claims: NetworkClaims;
  },
): ReadonlyMap<Ipv4Address, YieldedBinding> {
  const yielded = new Map<Ipv4Address, YieldedBinding>();
  if (others.length === 0) return yielded;
  const pools = byAge([pool, ...others]);
  const own = pools.indexOf(pool);
  for (const [address, mac] of pool.record.bindings) {
    const right = rightTo(address, mac, claims);
    const keeper = pools.find((other, place) => {
      const rival = rivalIn(other, address, mac);
      if (rival === undefined) return false;
      const theirs = rightTo(address, rival, claims);
      return theirs < right || theirs === right && place < own;
    });
    if (keeper === undefined) continue;
    const rival = keeper.record.bindings.get(address)!;
    yielded.set(address, { address, mac, rival, keeper });
  }
  return yielded;
}

/** The pool that binds an address to another MAC. */
export function rivalPoolOf(
  address: Ipv4Address,
  mac: MacAddress,
  pools: readonly PoolView[],
): PoolView | undefined {
  return pools.find((pool) => rivalIn(pool, address, mac) !== undefined);
}

/** Says which addresses a pool gave up, to which, and what keeps that from happening again. */
export function describeYielded(
  yielded: readonly YieldedBinding[],
  claims: NetworkClaims,
): string | undefined {
  if (yielded.length === 0) return undefined;
  const each = yielded.map(({ address, mac, rival, keeper }) =>
    `${formatIpv4Address(address)} was bound to ${holderOf(mac, claims)} here and to ` +
    `${formatMacAddress(rival)} in ippool ${keeper.key}, which keeps it`
  );
  return `${joinSome(each, "; ", SHOWN_MAX)}; the network interface that gave it up gets another ` +
    "address if there is one; delete the ippool that is not wanted, or keep the ranges apart";
}

function rivalIn(
  { record }: PoolView,
  address: Ipv4Address,
  mac: MacAddress,
): MacAddress | undefined {
  const rival = record.bindings.get(address);
  return rival === mac ? undefined : rival;
}

/** The lower, the better. */
function rightTo(address: Ipv4Address, mac: MacAddress, { owners, held }: NetworkClaims): number {
  const claim = owners.get(mac) ?? held.get(mac);
  if (claim === undefined) return 2;
  return claim.told === address ? 0 : 1;
}
