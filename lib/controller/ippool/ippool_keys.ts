/** Which pools a change concerns. */

import type { IPPool } from "../../api/ippool/ippool.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { isSameClaim } from "../../reconcile/claims.ts";
import type { Observed } from "../../api/meta.ts";
import { namedNicsOf } from "../../reconcile/kinds.ts";
import { VMNETCFG_FINALIZER } from "../../reconcile/names.ts";
import { networkOfPool, toldNicsOf } from "../../reconcile/raw_fields.ts";
import type { Change } from "../runtime/fresh_cache.ts";

/** Keys of the pools of a network. */
export type PoolsOn = (network: string) => readonly string[];

/**
 * A pool concerns itself and the others of its network, of which only one may serve it. What its own
 * controller wrote concerns the others too: they count the addresses that they share with it.
 */
export function poolsAfterPool(
  { key, before, after, isOwnWrite }: Change<IPPool>,
  poolsOn: PoolsOn,
): readonly string[] {
  const pools = [before, after].flatMap((pool) => {
    const network = pool && networkOfPool(pool);
    return network === undefined ? [] : poolsOn(network);
  });
  return isOwnWrite ? pools.filter((pool) => pool !== key) : [key, ...pools];
}

/**
 * What a VM claims concerns the pools of its networks, those that it has left too. A new object gets
 * nothing before it has our finalizer, which is another change.
 */
export function poolsAfterVmnetcfg(
  { before, after }: Change<VirtualMachineNetworkConfig>,
  poolsOn: PoolsOn,
): readonly string[] {
  if (isSameClaim(before, after)) return [];
  if (before === undefined && after !== undefined && isUnserved(after)) return [];
  const nics = [before, after].flatMap((each) => each === undefined ? [] : namedNicsOf(each));
  return [...new Set(nics.map(({ network }) => network))].flatMap(poolsOn);
}

/** Whether an object has not been seen by its controller, and was told nothing by another one. */
function isUnserved(vmnetcfg: Observed<VirtualMachineNetworkConfig>): boolean {
  const { finalizers = [], deletionTimestamp } = vmnetcfg.object.metadata;
  return vmnetcfg.parsed.ok && deletionTimestamp === undefined &&
    !finalizers.includes(VMNETCFG_FINALIZER) && toldNicsOf(vmnetcfg).length === 0;
}
