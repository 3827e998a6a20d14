/** The kinds that the planners' worlds are gathered from, and by what their objects are found. */

import type { IPPool } from "../api/ippool/ippool.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { type CachedKind, namespacedNameOf, type Observed } from "../api/meta.ts";
import {
  type NetworkAttachmentDefinition,
  parseNetworkAttachmentDefinition,
} from "../api/network_attachment_definition.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINES,
} from "../api/resources.ts";
import {
  extractVirtualMachine,
  parseVirtualMachine,
  type VirtualMachine,
} from "../api/virtual_machine/virtual_machine.ts";
import {
  extractVirtualMachineInstance,
  parseVirtualMachineInstance,
  type VirtualMachineInstance,
} from "../api/virtual_machine/virtual_machine_instance.ts";
import { parseVirtualMachineNetworkConfig } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import { withoutManagedFields } from "../api/object_meta.ts";
import { formatMacAddress } from "../net/mac_address.ts";
import { agentNameOf } from "./agent_deployment/agent_names.ts";
import {
  networkOfPool,
  type NicName,
  specNicsOf,
  statusNicsOf,
  unreadableNicsOf,
} from "./raw_fields.ts";

/** Pools by `namespace/name` of their network. */
export const IPPOOL_BY_NETWORK = "network.harvesterhci.io/ippool-by-network";

/** Pools by the name of what is made for their agents, which two of them may have in common. */
export const IPPOOL_BY_AGENT = "network.harvesterhci.io/ippool-by-agent";

/** VirtualMachineNetworkConfigs by the networks that they name. */
export const VMNETCFG_BY_NETWORK = "network.harvesterhci.io/vmnetcfg-by-network";

/** VirtualMachineNetworkConfigs by {@link nicIndexValue} of the NICs that they name. */
export const VMNETCFG_BY_NIC = "network.harvesterhci.io/vmnetcfg-by-nic";

/** VirtualMachineNetworkConfigs by {@link unreadableNicValue} of the NICs whose MACs cannot be read. */
export const VMNETCFG_BY_UNREADABLE_NIC = "network.harvesterhci.io/vmnetcfg-by-unreadable-nic";

/** The value under which an object is found that has such a NIC. */
export function unreadableNicValue(network: string, macText: string): string {
  return `${network} ${macText.toLowerCase()}`;
}

/** The value under which an object with this NIC is found. */
export function nicIndexValue({ network, mac }: NicName): string {
  return `${network} ${formatMacAddress(mac)}`;
}

export const IPPOOL_KIND: CachedKind<IPPool> = {
  type: IPPOOLS,
  parse: parseIPPool,
  indexes: {
    [IPPOOL_BY_NETWORK](ippool) {
      const network = networkOfPool(ippool);
      return network === undefined ? [] : [network];
    },
    [IPPOOL_BY_AGENT]: ({ object }) => [agentNameOf(namespacedNameOf(object))],
  },
};

export const VMNETCFG_KIND: CachedKind<VirtualMachineNetworkConfig> = {
  type: VIRTUAL_MACHINE_NETWORK_CONFIGS,
  // Two thirds of each: a list of them is limited by what is kept.
  extract: withoutManagedFields,
  parse: parseVirtualMachineNetworkConfig,
  indexes: {
    [VMNETCFG_BY_NETWORK]: (
      vmnetcfg,
    ) => [...new Set(namedNicsOf(vmnetcfg).map(({ network }) => network))],
    [VMNETCFG_BY_NIC]: (vmnetcfg) => [...new Set(namedNicsOf(vmnetcfg).map(nicIndexValue))],
    [VMNETCFG_BY_UNREADABLE_NIC]: (vmnetcfg) => {
      const values = unreadableNicsOf(vmnetcfg).map(({ network, macText }) =>
        unreadableNicValue(network, macText)
      );
      return [...new Set(values)];
    },
  },
};

/** VMs of KubeVirt, which not every cluster has. */
export const VIRTUAL_MACHINE_KIND: CachedKind<VirtualMachine> = {
  type: VIRTUAL_MACHINES,
  extract: extractVirtualMachine,
  parse: parseVirtualMachine,
  optional: "fromStart",
};

/** Only needed where VMs do not say which MAC addresses they have. */
export const VIRTUAL_MACHINE_INSTANCE_KIND: CachedKind<VirtualMachineInstance> = {
  type: VIRTUAL_MACHINE_INSTANCES,
  extract: extractVirtualMachineInstance,
  parse: parseVirtualMachineInstance,
  optional: "onDemand",
};

/** VM networks of Multus. Pools that serve relay agents only need none. */
export const NETWORK_KIND: CachedKind<NetworkAttachmentDefinition> = {
  type: NETWORK_ATTACHMENT_DEFINITIONS,
  parse: parseNetworkAttachmentDefinition,
  optional: "awaited",
};

/** All NICs that an object names, in its specification or in its status. */
export function namedNicsOf(vmnetcfg: Pick<Observed<unknown>, "object">): readonly NicName[] {
  return [...specNicsOf(vmnetcfg), ...statusNicsOf(vmnetcfg)];
}
