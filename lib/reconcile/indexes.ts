/** Indexes of the caches that the planners' worlds are gathered from. */

import type { IPPool } from "../api/ippool/ippool.ts";
import type { Observed } from "../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import { networkOfPool, type NicName, specNicsOf, statusNicsOf } from "./raw_fields.ts";

/** Pools by `namespace/name` of their network. */
export const IPPOOL_BY_NETWORK = "network.harvesterhci.io/ippool-by-network";

/** VirtualMachineNetworkConfigs by the networks that they name. */
export const VMNETCFG_BY_NETWORK = "network.harvesterhci.io/vmnetcfg-by-network";

/** VirtualMachineNetworkConfigs by {@link nicIndexValue} of the NICs that they name. */
export const VMNETCFG_BY_NIC = "network.harvesterhci.io/vmnetcfg-by-nic";

/** The value under which an object with this NIC is found. */
export function nicIndexValue({ network, mac }: NicName): string {
  return `${network} ${formatMacAddress(mac)}`;
}

/** What the cache of IPPools has to be indexed by. */
export const IPPOOL_INDEXES = {
  [IPPOOL_BY_NETWORK](ippool: Observed<IPPool>): readonly string[] {
    const network = networkOfPool(ippool);
    return network === undefined ? [] : [network];
  },
};

/** What the cache of VirtualMachineNetworkConfigs has to be indexed by. */
export const VMNETCFG_INDEXES = {
  [VMNETCFG_BY_NETWORK](vmnetcfg: Observed<VirtualMachineNetworkConfig>): readonly string[] {
    return [...new Set(namedNicsOf(vmnetcfg).map((nic) => nic.network))];
  },
  [VMNETCFG_BY_NIC](vmnetcfg: Observed<VirtualMachineNetworkConfig>): readonly string[] {
    return [...new Set(namedNicsOf(vmnetcfg).map(nicIndexValue))];
  },
};

/** All NICs that an object names, in its specification or in its status. */
export function namedNicsOf(vmnetcfg: Observed<VirtualMachineNetworkConfig>): readonly NicName[] {
  return [...specNicsOf(vmnetcfg), ...statusNicsOf(vmnetcfg)];
}
