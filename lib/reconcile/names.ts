/** Names that objects carry, the same as in the Go version: its objects live on. */

/** Keeps an IPPool until no VM holds one of its addresses. */
export const IPPOOL_FINALIZER = "wrangler.cattle.io/vm-dhcp-ippool-controller";

/** Keeps a VirtualMachineNetworkConfig until its addresses are given back. */
export const VMNETCFG_FINALIZER = "wrangler.cattle.io/vm-dhcp-vmnetcfg-controller";

/** Labels of a NetworkAttachmentDefinition that name the pool that serves it. */
export const IPPOOL_NAMESPACE_LABEL = "network.harvesterhci.io/ippool-namespace";
export const IPPOOL_NAME_LABEL = "network.harvesterhci.io/ippool-name";

/** Label of a VirtualMachineNetworkConfig that names its VM. */
export const VM_NAME_LABEL = "harvesterhci.io/vmName";

/** Annotation of a VM: the MACs of its NICs as JSON, by name of the NIC. */
export const MAC_ADDRESS_ANNOTATION = "harvesterhci.io/mac-address";

/**
 * Annotation of a VM, followed by the name of a NIC: the address that the NIC is to get. Its
 * VirtualMachineNetworkConfig carries those that count, and so knows which addresses a person wrote there.
 */
export const STATIC_IP_ANNOTATION_PREFIX = "static-ip.harvesterhci.io/";

/** Annotation of a VM: the NICs that get no address, separated by commas or as a JSON list. */
export const SKIP_NICS_ANNOTATION = "network.harvesterhci.io/managed-dhcp-skip-nics";

/** Annotation of a VirtualMachineNetworkConfig: what it does not follow of its VM, and why. */
export const VM_PROBLEMS_ANNOTATION = "network.harvesterhci.io/vm-problems";

/** Longest value of a label (Kubernetes, "Labels and Selectors"). */
export const LABEL_VALUE_LENGTH_MAX = 63;

/**
 * On a VM network, `true` asks for a pool of its own, and `false` for none. As a label of a pool, it says
 * that the pool was made for its network, and why.
 */
export const AUTO_IPPOOL = "network.harvesterhci.io/auto-ippool";

/** Label of a pool that names its network, as Harvester's own pages set it. */
export const NETWORK_LABEL = "k8s.cni.cncf.io/net-attach-def";
