/** Views of pools, derived once for each version of a pool rather than once for each of its users. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import { IPPOOL_BY_NETWORK } from "../../reconcile/kinds.ts";
import { type PoolView, poolViewOf } from "../../reconcile/ippool/pool_view.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";

/** Pools as the planners see them. */
export class PoolViews {
  readonly #views = new WeakMap<Observed<IPPool>, PoolView>();
  /** By key: the answer to a write and what the watch brings of it are one version. */
  readonly #latest = new Map<string, PoolView>();

  constructor(readonly ippools: FreshCache<IPPool>) {}

  /** The newest view of a pool; `undefined` when there is no such pool. */
  get(key: string): PoolView | undefined {
    const observed = this.ippools.get(key);
    if (observed !== undefined) return this.of(observed);
    this.#latest.delete(key);
    return undefined;
  }

  onNetwork(network: string): readonly PoolView[] {
    return this.ippools.byIndex(IPPOOL_BY_NETWORK, network).map((each) => this.of(each));
  }

  /** The view of one version of a pool. */
  of(observed: Observed<IPPool>): PoolView {
    const known = this.#views.get(observed);
    if (known !== undefined) return known;
    const key = keyOf(observed.object);
    const latest = this.#latest.get(key);
    const view = latest !== undefined && isSameVersion(latest.object, observed.object)
      ? latest
      : poolViewOf(observed);
    this.#views.set(observed, view);
    this.#latest.set(key, view);
    return view;
  }
}

function isSameVersion({ metadata: a }: KubeObject, { metadata: b }: KubeObject): boolean {
  return a.resourceVersion !== undefined && a.resourceVersion === b.resourceVersion &&
    a.uid === b.uid;
}
