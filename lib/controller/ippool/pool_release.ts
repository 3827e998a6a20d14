/** Lets pools go that are deleted and that no VM needs any more. */

import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { claimsOn } from "../../reconcile/claims.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { nicIndexValue, VMNETCFG_BY_NIC } from "../../reconcile/kinds.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import type { AgentObserver } from "./agent_observer.ts";
import type { PoolViews } from "./pool_views.ts";

/** What is needed to let a pool go. */
export interface PoolReleaseOptions {
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  readonly labels: { drop(pool: PoolView, signal: AbortSignal): Promise<void> };
  readonly agents: AgentObserver;
}

/** Takes away what must not outlive a pool, then lets it go. */
export class PoolRelease {
  readonly #options: PoolReleaseOptions;

  constructor(options: PoolReleaseOptions) {
    this.#options = options;
  }

  /**
   * Lets a pool go. Its labels and agents are taken away first, which takes a while. Meanwhile another VM may come
   * that has the MAC of one that went, and be told the address that the pool still binds to it. So it is asked once
   * more right before the write whether the pool may go, and until the write has ended nobody is told what the
   * pool binds.
   *
   * @param isFree Whether the pool may go by what is known now.
   * @param put Lets it go.
   * @returns "written" when the pool is to be planned again; "stays" when it cannot go now, and a change of what
   * hinders it will ask for it again.
   */
  async letGo(
    pool: PoolView,
    { isFree, put }: { readonly isFree: () => boolean; readonly put: () => Promise<void> },
    signal: AbortSignal,
  ): Promise<"written" | "stays"> {
    const { views, labels, agents } = this.#options;
    if (this.#isClaimedByWatch(pool)) return "stays";
    await labels.drop(pool, signal);
    const release = async () => {
      if (isFree() && !this.#isClaimedByWatch(pool)) await views.duringRelease(pool, put);
    };
    if (agents.release === undefined) await release();
    else if (!await agents.release(pool.key, release, signal)) return "stays";
    return "written";
  }

  /**
   * Whether a VM claims what the pool binds as far as the watch has told. The answer to a write may be ahead of
   * the watch: it says that one VM went, and of the next one with its MAC nothing is known yet.
   */
  #isClaimedByWatch({ network, record }: PoolView): boolean {
    if (network === undefined) return false;
    for (const mac of record.addresses.keys()) {
      if (this.#isClaimed(network, mac)) return true;
    }
    return false;
  }

  #isClaimed(network: string, mac: MacAddress): boolean {
    const found = this.#options.vmnetcfgs.watchedByIndex(
      VMNETCFG_BY_NIC,
      nicIndexValue({ network, mac }),
    );
    const { owners, held } = claimsOn(network, found, () => false);
    return owners.has(mac) || held.has(mac);
  }
}
