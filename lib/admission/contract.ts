/** What is asked of the admission rules before a change is stored, and what they ask of the world. */

import type { JsonObject } from "../base/json.ts";
import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import type { FieldError, KubeObject, ResourceType } from "../api/meta.ts";
import type { NetworkPurpose, NetworkRoute } from "../api/network_attachment_definition.ts";
import type { Cidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import type { MacAddress } from "../net/mac_address.ts";

/** What is done to an object. */
export type Operation = "CREATE" | "UPDATE" | "DELETE";

/** A change that is about to be stored (AdmissionReview of `admission.k8s.io/v1`, without transport). */
export interface AdmissionRequest {
  readonly type: ResourceType;
  readonly operation: Operation;
  /** The object as it would be stored; absent for `DELETE`. */
  readonly object?: KubeObject;
  /** The object as it is stored; absent for `CREATE`. */
  readonly oldObject?: KubeObject;
  /** True when nothing is stored, whatever the verdict is. */
  readonly dryRun?: boolean;
}

/**
 * What rules about several objects ask. Every answer is given at once, from what is known: nobody
 * waits for a look-up. What is not known keeps no object from being stored.
 */
export interface AdmissionWorld {
  /**
   * A VM network by `namespace/name`.
   *
   * @returns `undefined` when there is none, and `unknown` when networks cannot be read.
   */
  network(name: string): NetworkFacts | "unknown" | undefined;
  /** All pools, the one that is judged as well. */
  pools(): Iterable<PoolFacts>;
  /** The VirtualMachineNetworkConfigs that name a network in their specification or their status. */
  usersOf(network: string): Iterable<NetworkUser>;
  /** The addresses by which the nodes of the cluster are reached. */
  nodeAddresses(): Iterable<NodeAddress>;
  /** Where the Services of the cluster have their addresses. */
  readonly serviceCidrs: readonly Cidr[];
  /** Where the Pods of the cluster have theirs. */
  readonly clusterCidrs: readonly Cidr[];
  /** Whether agents run in Pods, and so need to know the cluster network of a pool. */
  readonly deploysAgents: boolean;
}

/** What there is to know of a VM network. */
export interface NetworkFacts {
  /** The cluster network that it is on; absent when it does not say. */
  readonly clusterNetwork?: string;
  /** The interface of the host that carries it, where that is known. */
  readonly interfaceName?: string;
  /** Absent for an ordinary network. */
  readonly purpose?: NetworkPurpose;
  /** Its layer 3, as far as it can be read. */
  readonly route?: NetworkRoute;
}

/** What there is to know of a pool. */
export interface PoolFacts {
  /** `namespace/name`. */
  readonly name: string;
  /** The network that it serves, `namespace/name`. */
  readonly network: string;
  /** Absent when the specification cannot be read. */
  readonly settings?: Ipv4Settings;
  /** `status.ipv4.allocated`, as it stands there. */
  readonly allocated: JsonObject;
  readonly isDeleting: boolean;
}

/** A VirtualMachineNetworkConfig that names a network. */
export interface NetworkUser {
  /** `namespace/name`. */
  readonly name: string;
  /** Of its NICs on the network. */
  readonly macs: ReadonlySet<MacAddress>;
  /** The addresses that its status says its NICs on the network have. */
  readonly told: readonly Ipv4Address[];
}

/** An address of a node. */
export interface NodeAddress {
  readonly node: string;
  readonly address: Ipv4Address;
}

/** What one rule has found. */
export interface Finding extends FieldError {
  /** The name of the rule. */
  readonly check: string;
}

/** What the rules make of a request. */
export interface Verdict {
  /** Why it is denied; empty when it is allowed. */
  readonly errors: readonly Finding[];
  /** What its author should know all the same. */
  readonly warnings: readonly Finding[];
}
