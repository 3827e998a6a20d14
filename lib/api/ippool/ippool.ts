/** IPPool: the addresses of one VM network, and in its status the record of their holders. */

import type { Ipv4Settings } from "./ipv4_config.ts";
import type { Condition, FieldError, KubeObject, ObjectMeta } from "../meta.ts";

export interface IPPoolSpec {
  readonly ipv4Config: Ipv4Settings;
  /** `namespace/name` of the NetworkAttachmentDefinition; without a namespace, the pool's own. */
  readonly networkName: string;
  readonly paused?: boolean;
  /** Namespaces whose VMs get addresses; all when absent. */
  readonly allowedNamespaces?: readonly string[];
  /** Addresses that the VMs of one namespace may hold; any number when absent. */
  readonly maxAddressesPerNamespace?: number;
  /** Optional values that have not the form that they need: as if they were not there. */
  readonly unreadable: readonly FieldError[];
  /**
   * The same of values that keep addresses from being handed out. Nobody knows which ones they meant, so
   * none is handed out until they can be read; those who have an address are served.
   */
  readonly unreadableLimits: readonly FieldError[];
}

/** Marks in `status.ipv4.allocated` of addresses that are never handed out. */
export const EXCLUDED_MARK = "EXCLUDED";
export const RESERVED_MARK = "RESERVED";

export interface IPv4Status {
  /** Address to MAC, `EXCLUDED` or `RESERVED`: the only database of bindings. */
  readonly allocated?: Readonly<Record<string, string>>;
  /** Address to host name, for those clients that are told one. */
  readonly hostnames?: Readonly<Record<string, string>>;
  readonly used: number;
  readonly available: number;
  /** Whether other pools of the network serve VMs, too: this one refuses nobody whom it does not know. */
  readonly networkShared?: boolean;
}

export interface PodReference {
  readonly namespace?: string;
  readonly name?: string;
  readonly image?: string;
  readonly uid?: string;
}

export interface IPPoolStatus {
  readonly lastUpdate?: string;
  readonly ipv4?: IPv4Status;
  readonly agentPodRef?: PodReference;
  readonly conditions?: readonly Condition[];
}

export interface IPPool extends KubeObject {
  readonly metadata: ObjectMeta;
  readonly spec: IPPoolSpec;
  readonly status?: IPPoolStatus;
}
