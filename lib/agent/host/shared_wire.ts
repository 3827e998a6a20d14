/**
 * VM networks that have one interface are one wire. Pools of two of them whose subnets overlap would give one
 * address to two machines: the older one is served, and the other one is not.
 */

import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type Observed } from "../../api/meta.ts";
import { networkNameOf } from "../../api/network_name.ts";
import { type Cidr, cidrsOverlap, formatCidr } from "../../net/cidr.ts";

/** Where a pool hands out addresses. */
export interface PoolPlace {
  /** `namespace/name` of the pool. */
  readonly key: string;
  /** `namespace/name` of its VM network. */
  readonly network: string;
  readonly cidr: Cidr;
  readonly creationTimestamp: string;
}

/** The place of a pool; `undefined` while it cannot be read. */
export function placeOf({ object, parsed }: Observed<IPPool>): PoolPlace | undefined {
  if (!parsed.ok) return undefined;
  const { metadata, spec } = parsed.value;
  return {
    key: keyOf(object),
    network: networkNameOf(spec.networkName, metadata.namespace ?? ""),
    cidr: spec.ipv4Config.cidr,
    creationTimestamp: metadata.creationTimestamp ?? "",
  };
}

/** Whether two pools may not be served on one interface. */
export function doCollide(one: PoolPlace, other: PoolPlace): boolean {
  return one.network !== other.network && cidrsOverlap(one.cidr, other.cidr);
}

/** Whether the first pool is served where two collide: it is older, or of the same age and first by its name. */
export function comesFirst(one: PoolPlace, other: PoolPlace): boolean {
  return one.creationTimestamp === other.creationTimestamp
    ? one.key < other.key
    : one.creationTimestamp < other.creationTimestamp;
}

/** Why a pool is not served beside one that comes first; then what to do. */
export function collisionMessage(first: PoolPlace, interfaceName: string): string {
  return `VM network ${first.network} has the same interface ${interfaceName}, and ippool ${first.key} ` +
    `serves ${
      formatCidr(first.cidr)
    } there; choose another subnet, or another interface for one of the networks`;
}
