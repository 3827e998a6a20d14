/** Views of pools, derived once for each version of a pool rather than once for each of its users. */

import type { IPPool } from "../api/ippool.ts";
import type { Observed } from "../api/meta.ts";
import { IPPOOL_BY_NETWORK } from "../reconcile/indexes.ts";
import { type PoolView, poolViewOf } from "../reconcile/pool_view.ts";
import type { FreshCache } from "./fresh_cache.ts";

/** Pools as the planners see them. */
export class PoolViews {
  readonly #ippools: FreshCache<IPPool>;
  readonly #views = new WeakMap<Observed<IPPool>, PoolView>();

  constructor(ippools: FreshCache<IPPool>) {
    this.#ippools = ippools;
  }

  get(key: string): PoolView | undefined {
    const observed = this.#ippools.get(key);
    return observed === undefined ? undefined : this.of(observed);
  }

  onNetwork(network: string): readonly PoolView[] {
    return this.#ippools.byIndex(IPPOOL_BY_NETWORK, network).map((each) => this.of(each));
  }

  of(observed: Observed<IPPool>): PoolView {
    const known = this.#views.get(observed);
    if (known !== undefined) return known;
    const view = poolViewOf(observed);
    this.#views.set(observed, view);
    return view;
  }
}
