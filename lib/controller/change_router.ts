/** Says whom a change of an object concerns: which keys have to be reconciled. */

import { isJsonEqual } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import type { MacAddress } from "../net/mac_address.ts";
import {
  IPPOOL_BY_NETWORK,
  namedNicsOf,
  nicIndexValue,
  VMNETCFG_BY_NETWORK,
  VMNETCFG_BY_NIC,
} from "../reconcile/indexes.ts";
import type { PoolView } from "../reconcile/ippool/pool_view.ts";
import type { FreshCache } from "./runtime/fresh_cache.ts";
import type { PoolViews } from "./ippool/pool_views.ts";
import type { Priority } from "./runtime/work_queue_metrics.ts";

/** A change that concerns more objects than this is a backlog: what a user does now goes first. */
const FRESH_USERS_MAX = 100;

/** What changes are routed by and to. */
export interface ChangeRouterOptions {
  readonly ippools: FreshCache<IPPool>;
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  /** Objects with NICs that wait for something on the network. */
  waitingOn(network: string): Iterable<string>;
  enqueueIPPool(key: string): void;
  enqueueVirtualMachineNetworkConfig(key: string, priority: Priority): void;
}

/** Routes changes to queues. */
export class ChangeRouter {
  readonly #options: ChangeRouterOptions;

  constructor(options: ChangeRouterOptions) {
    this.#options = options;
  }

  /** A pool came, changed or went. */
  routeIPPool(
    key: string,
    before: Observed<IPPool> | undefined,
    after: Observed<IPPool> | undefined,
  ): void {
    const { ippools, views, enqueueIPPool } = this.#options;
    const isOwnWrite = ippools.isOwnWrite(key, after);
    if (!isOwnWrite) enqueueIPPool(key);
    const was = before === undefined ? undefined : views.of(before);
    const is = after === undefined ? undefined : views.of(after);
    for (const network of new Set([was?.network, is?.network])) {
      if (network === undefined) continue;
      if (!isOwnWrite) this.#enqueuePoolsOn(network);
      this.#enqueueUsers(network, was, is);
    }
  }

  /** A VirtualMachineNetworkConfig came, changed or went. */
  routeVirtualMachineNetworkConfig(
    key: string,
    before: Observed<VirtualMachineNetworkConfig> | undefined,
    after: Observed<VirtualMachineNetworkConfig> | undefined,
  ): void {
    const { vmnetcfgs, enqueueVirtualMachineNetworkConfig } = this.#options;
    if (!vmnetcfgs.isOwnWrite(key, after)) enqueueVirtualMachineNetworkConfig(key, "fresh");
    if (isSameClaim(before?.object, after?.object)) return;
    const nics = [before, after].flatMap((each) => each === undefined ? [] : namedNicsOf(each));
    for (const network of new Set(nics.map((nic) => nic.network))) this.#enqueuePoolsOn(network);
    // Somebody else with the same MAC may be its owner now.
    for (const value of new Set(nics.map(nicIndexValue))) {
      for (const { object } of vmnetcfgs.byIndex(VMNETCFG_BY_NIC, value)) {
        if (keyOf(object) !== key) enqueueVirtualMachineNetworkConfig(keyOf(object), "fresh");
      }
    }
  }

  /** The VM network with this key came, changed or went. */
  routeNetwork(key: string): void {
    this.#enqueuePoolsOn(key);
  }

  #enqueuePoolsOn(network: string): void {
    const { ippools, enqueueIPPool } = this.#options;
    for (const { object } of ippools.byIndex(IPPOOL_BY_NETWORK, network)) {
      enqueueIPPool(keyOf(object));
    }
  }

  #enqueueUsers(network: string, was: PoolView | undefined, is: PoolView | undefined): void {
    const keys = this.#usersOf(network, was, is);
    const priority = keys.size > FRESH_USERS_MAX ? "backlog" : "fresh";
    for (const key of keys) this.#options.enqueueVirtualMachineNetworkConfig(key, priority);
  }

  /** Whose address changed, whoever waits, and all users of a pool that changed itself. */
  #usersOf(
    network: string,
    was: PoolView | undefined,
    is: PoolView | undefined,
  ): ReadonlySet<string> {
    const { vmnetcfgs, waitingOn } = this.#options;
    if (!isSameService(was, is)) {
      return new Set(
        vmnetcfgs.byIndex(VMNETCFG_BY_NETWORK, network).map(({ object }) => keyOf(object)),
      );
    }
    const keys = new Set<string>();
    for (const mac of changedMacsOf(was, is)) {
      const users = vmnetcfgs.byIndex(VMNETCFG_BY_NIC, nicIndexValue({ network, mac }));
      for (const { object } of users) keys.add(keyOf(object));
    }
    for (const key of waitingOn(network)) keys.add(key);
    return keys;
  }
}

/** Whether an object's change leaves what it claims as it was: only its status changed. */
function isSameClaim(before: KubeObject | undefined, after: KubeObject | undefined): boolean {
  if (before === undefined || after === undefined) return false;
  return before.metadata.uid === after.metadata.uid &&
    before.metadata.deletionTimestamp === after.metadata.deletionTimestamp &&
    isJsonEqual(before.metadata.finalizers, after.metadata.finalizers) &&
    isJsonEqual(before.spec, after.spec);
}

/** Whether a pool's change leaves as it was whether and from what it serves. */
function isSameService(was: PoolView | undefined, is: PoolView | undefined): boolean {
  return was !== undefined && is !== undefined && was.deleting === is.deleting &&
    isJsonEqual(was.object.spec, is.object.spec);
}

function changedMacsOf(
  was: PoolView | undefined,
  is: PoolView | undefined,
): ReadonlySet<MacAddress> {
  const before = was?.record.addresses ?? new Map();
  const after = is?.record.addresses ?? new Map();
  const changed = new Set<MacAddress>();
  for (const [mac, address] of after) if (before.get(mac) !== address) changed.add(mac);
  for (const mac of before.keys()) if (!after.has(mac)) changed.add(mac);
  return changed;
}
