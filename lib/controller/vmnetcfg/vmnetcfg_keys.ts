/** Which VirtualMachineNetworkConfigs a change concerns. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { isJsonEqual } from "../../base/json.ts";
import type { MacAddress } from "../../net/mac_address.ts";
import { isSameClaim } from "../../reconcile/claims.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { namedNicsOf, nicIndexValue } from "../../reconcile/kinds.ts";
import type { Change } from "../runtime/fresh_cache.ts";

/** Keys of the objects that name a NIC, by its `nicIndexValue`. */
export type UsersOfNic = (nic: string) => readonly string[];

/** How the users of a pool are found. */
export interface PoolUsers {
  readonly viewOf: (pool: Observed<IPPool>) => PoolView;
  /** All objects with a NIC on the network. */
  readonly onNetwork: (network: string) => Iterable<string>;
  /** Those of them with a NIC that waits for something. */
  readonly waitingOn: (network: string) => Iterable<string>;
  readonly ofNic: UsersOfNic;
}

/** An object concerns itself, and others with the same MAC: one of them may be its owner now. */
export function vmnetcfgsAfterVmnetcfg(
  { key, before, after, isOwnWrite }: Change<VirtualMachineNetworkConfig>,
  ofNic: UsersOfNic,
): readonly string[] {
  const self = isOwnWrite ? [] : [key];
  if (isSameClaim(before?.object, after?.object)) return self;
  const nics = [before, after].flatMap((each) => each === undefined ? [] : namedNicsOf(each));
  const users = [...new Set(nics.map(nicIndexValue))].flatMap(ofNic);
  return [...self, ...users.filter((user) => user !== key)];
}

/** A pool concerns the users of addresses that changed, and those that wait; or all of them. */
export function vmnetcfgsAfterPool(
  { before, after }: Change<IPPool>,
  { viewOf, onNetwork, waitingOn, ofNic }: PoolUsers,
): readonly string[] {
  const was = before && viewOf(before);
  const is = after && viewOf(after);
  const isSame = isSameService(was, is);
  return [...new Set([was?.network, is?.network])].flatMap((network) => {
    if (network === undefined) return [];
    if (!isSame) return [...onNetwork(network)];
    const bound = [...changedMacsOf(was, is)].flatMap((mac) =>
      ofNic(nicIndexValue({ network, mac }))
    );
    return [...bound, ...waitingOn(network)];
  });
}

/** Whether a pool serves as it did before, and from the same specification. */
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
