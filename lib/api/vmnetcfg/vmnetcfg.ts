/** VirtualMachineNetworkConfig: which NICs of a VM want addresses, and what they got. */

import type { Condition, KubeObject, ObjectMeta } from "../meta.ts";

/** A NIC in `spec.networkConfigs` (or `spec.networkConfig`, its other spelling). */
export interface NetworkConfig {
  /** `namespace/name` of the VM network; without a namespace, the object's own. */
  readonly networkName: string;
  /** In normal form after parsing: lower case, colons. */
  readonly macAddress: string;
  /** As written, where that is another form. The Go version compares MAC addresses as texts. */
  readonly macText?: string;
  /** Address that the user wants for this NIC. */
  readonly ipAddress?: string;
  /** Host name that the NIC's client is told. */
  readonly hostname?: string;
}

export interface VirtualMachineNetworkConfigSpec {
  readonly vmName: string;
  /** Both spellings end here after parsing. */
  readonly networkConfigs: readonly NetworkConfig[];
  readonly paused?: boolean;
}

export type NetworkConfigState = "Allocated" | "Pending" | "Stale";

export interface NetworkConfigStatus {
  readonly allocatedIPAddress?: string;
  readonly macAddress?: string;
  readonly networkName?: string;
  readonly state?: NetworkConfigState;
}

export interface VirtualMachineNetworkConfigStatus {
  readonly networkConfigs?: readonly NetworkConfigStatus[];
  readonly conditions?: readonly Condition[];
}

export interface VirtualMachineNetworkConfig extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly spec: VirtualMachineNetworkConfigSpec;
  readonly status?: VirtualMachineNetworkConfigStatus;
}
