/** IPPool: the addresses of one VM network, and in its status the record of who has which. */

import type { ClientOptions } from "./client_options.ts";
import type { Condition, KubeObject, ObjectMeta } from "../meta.ts";

/** `spec.ipv4Config.pool`: the range that addresses are handed out from. */
export interface IPv4Pool {
  readonly start: string;
  readonly end: string;
  readonly exclude?: readonly string[];
}

/** `spec.ipv4Config`. Texts are kept as written; the parser has checked that they are well formed. */
export interface IPv4Config extends ClientOptions {
  readonly serverIP: string;
  readonly cidr: string;
  readonly pool: IPv4Pool;
  readonly router?: string;
  readonly dns?: readonly string[];
  readonly domainName?: string;
  readonly domainSearch?: readonly string[];
  /** Addresses or host names. */
  readonly ntp?: readonly string[];
  /** Seconds. */
  readonly leaseTime?: number;
}

export interface IPPoolSpec {
  readonly ipv4Config: IPv4Config;
  /** `namespace/name` of the NetworkAttachmentDefinition; without a namespace, the pool's own. */
  readonly networkName: string;
  readonly paused?: boolean;
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
