/** Names that objects carry, the same as in the Go version: its objects live on. */

/** Keeps an IPPool until no VM holds one of its addresses. */
export const IPPOOL_FINALIZER = "wrangler.cattle.io/vm-dhcp-ippool-controller";

/** Keeps a VirtualMachineNetworkConfig until its addresses are given back. */
export const VMNETCFG_FINALIZER = "wrangler.cattle.io/vm-dhcp-vmnetcfg-controller";

/** Labels of a NetworkAttachmentDefinition that name the pool that serves it. */
export const IPPOOL_NAMESPACE_LABEL = "network.harvesterhci.io/ippool-namespace";
export const IPPOOL_NAME_LABEL = "network.harvesterhci.io/ippool-name";

/** Longest value of a label (Kubernetes, "Labels and Selectors"). */
export const LABEL_VALUE_LENGTH_MAX = 63;

/**
 * On a VM network, `true` asks for a pool of its own, and `false` for none. As a label of a pool, it says
 * that the pool was made for its network, and why.
 */
export const AUTO_IPPOOL = "network.harvesterhci.io/auto-ippool";

/** Label of a pool that names its network, as Harvester's own pages set it. */
export const NETWORK_LABEL = "k8s.cni.cncf.io/net-attach-def";
