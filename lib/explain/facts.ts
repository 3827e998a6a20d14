/** What follows from the objects of a world, each thing once. */

import type { IPPool } from "../api/ippool/ippool.ts";
import { keyOf, type Observed } from "../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { claimsOn } from "../reconcile/claims.ts";
import {
  activePoolOf,
  type PoolView,
  poolViewOf,
  refusalOf,
} from "../reconcile/ippool/pool_view.ts";
import { namedNicsOf } from "../reconcile/kinds.ts";
import type { NetworkView } from "../reconcile/vmnetcfg/nic_outcome.ts";
import type { Reading, World } from "./contract.ts";

/** A VM network with its pools. */
export interface NetworkFacts extends NetworkView {
  /** The one that hands out addresses. */
  readonly active: PoolView | undefined;
}

/** Pools as the controller sees them, and who claims what of them. */
export class Facts {
  readonly pools: readonly PoolView[];
  readonly vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[];
  readonly #networks = new Map<string, NetworkFacts>();
  /** By network, the objects that name it. */
  readonly #users = new Map<string, Observed<VirtualMachineNetworkConfig>[]>();

  constructor(
    pools: readonly Observed<IPPool>[],
    vmnetcfgs: readonly Observed<VirtualMachineNetworkConfig>[],
  ) {
    this.pools = pools.map(poolViewOf);
    this.vmnetcfgs = vmnetcfgs;
    for (const vmnetcfg of vmnetcfgs) {
      for (const network of new Set(namedNicsOf(vmnetcfg).map((nic) => nic.network))) {
        const users = this.#users.get(network);
        if (users === undefined) this.#users.set(network, [vmnetcfg]);
        else users.push(vmnetcfg);
      }
    }
  }

  /** Both kinds have to be readable: without one of them, nothing can be said about the other. */
  static of({ ippools, vmnetcfgs }: World): Reading<Facts> {
    if (!ippools.ok) return ippools;
    if (!vmnetcfgs.ok) return vmnetcfgs;
    return { ok: true, value: new Facts(ippools.value, vmnetcfgs.value) };
  }

  pool(key: string): PoolView | undefined {
    return this.pools.find((pool) => pool.key === key);
  }

  vmnetcfg(key: string): Observed<VirtualMachineNetworkConfig> | undefined {
    return this.vmnetcfgs.find(({ object }) => keyOf(object) === key);
  }

  /** A network by `namespace/name`; one without pools, too. */
  network(name: string): NetworkFacts {
    const known = this.#networks.get(name);
    if (known !== undefined) return known;
    const pools = this.pools.filter(({ network }) => network === name);
    const facts = {
      pools,
      active: activePoolOf(pools),
      claims: claimsOn(name, this.#users.get(name) ?? [], refusalOf(pools)),
      isChanging: () => false,
    };
    this.#networks.set(name, facts);
    return facts;
  }
}
