/** Which VirtualMachineNetworkConfigs a change concerns. */

import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { isJsonEqual } from "../../base/json.ts";
import { isSameClaim } from "../../reconcile/claims.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { namedNicsOf, nicIndexValue } from "../../reconcile/kinds.ts";
import type { PoolChange } from "../ippool/pool_views.ts";
import type { Change } from "../runtime/fresh_cache.ts";

/** Keys of the objects that name a NIC, by its `nicIndexValue`. */
export type UsersOfNic = (nic: string) => readonly string[];

/** How the users of a pool are found. */
export interface PoolUsers {
  /** All objects with a NIC on the network. */
  readonly onNetwork: (network: string) => Iterable<string>;
  /** Those of them that wait for something which the change may have brought, or made hopeless. */
  readonly waitingFor: (network: string, change: PoolChange) => Iterable<string>;
  readonly ofNic: UsersOfNic;
}

/** An object concerns itself, and others with the same MAC: one of them may be its owner now. */
export function vmnetcfgsAfterVmnetcfg(
  { key, before, after, isOwnWrite }: Change<VirtualMachineNetworkConfig>,
  ofNic: UsersOfNic,
): readonly string[] {
  const self = isOwnWrite ? [] : [key];
  // In both directions: of two that were told one address at once, the older one is the owner.
  if (isSameClaim(before, after) && isSameClaim(after, before)) return self;
  const nics = [before, after].flatMap((each) => each === undefined ? [] : namedNicsOf(each));
  const users = [...new Set(nics.map(nicIndexValue))].flatMap(ofNic);
  const others = users.filter((user) => user !== key);
  // By its own write an object may have made another one the owner.
  return others.length > 0 ? [key, ...others] : self;
}

/** A pool concerns the users of addresses that changed, and those that wait for it; or all of them. */
export function vmnetcfgsAfterPool(
  change: PoolChange,
  { onNetwork, waitingFor, ofNic }: PoolUsers,
): readonly string[] {
  const { before, after, macs } = change;
  const isSame = isSameService(before, after);
  return [...new Set([before?.network, after?.network])].flatMap((network) => {
    if (network === undefined) return [];
    if (!isSame) return [...onNetwork(network)];
    const bound = [...macs].flatMap((mac) => ofNic(nicIndexValue({ network, mac })));
    return [...bound, ...waitingFor(network, change)];
  });
}

/** Whether a pool serves as it did before, and from the same specification. */
function isSameService(was: PoolView | undefined, is: PoolView | undefined): boolean {
  return was !== undefined && is !== undefined && was.deleting === is.deleting &&
    isJsonEqual(was.object.spec, is.object.spec);
}
