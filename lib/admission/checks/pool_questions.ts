/** What several rules for IPPools ask of a pool and of the world around it. */

import { type JsonObject, objectAt } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import { type FieldError, keyOf, type Observed } from "../../api/meta.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress, parseMacAddress } from "../../net/mac_address.ts";
import { networkOfPool } from "../../reconcile/raw_fields.ts";
import type { AdmissionWorld, NetworkFacts, PoolFacts } from "../contract.ts";

/** A pool that can be read, and its world. */
export interface PoolQuestion {
  /** `namespace/name`. */
  readonly name: string;
  readonly network: string;
  readonly settings: Ipv4Settings;
  readonly allocated: JsonObject;
  readonly world: AdmissionWorld;
}

/** A check of a pool that can be read. */
export function ofPool(
  check: (question: PoolQuestion) => readonly FieldError[],
): (pool: Observed<IPPool>, world: AdmissionWorld) => readonly FieldError[] {
  return (pool, world) => {
    const network = networkOfPool(pool);
    if (!pool.parsed.ok || network === undefined) return [];
    return check({
      name: keyOf(pool.object),
      network,
      settings: pool.parsed.value.spec.ipv4Config,
      allocated: allocatedOf(pool),
      world,
    });
  };
}

/** `status.ipv4.allocated`, whatever stands in it. */
export function allocatedOf({ object }: Observed<IPPool>): JsonObject {
  return objectAt(objectAt(object.status, "ipv4"), "allocated");
}

/** A check of the network of a pool, where that is known. */
export function ofNetwork(
  check: (network: NetworkFacts, question: PoolQuestion) => readonly FieldError[],
): (pool: Observed<IPPool>, world: AdmissionWorld) => readonly FieldError[] {
  return ofPool((question) => {
    const network = knownNetwork(question.world, question.network);
    return network === undefined ? [] : check(network, question);
  });
}

/** A network that there is and that can be read. */
export function knownNetwork(world: AdmissionWorld, name: string): NetworkFacts | undefined {
  const network = world.network(name);
  return network === "unknown" ? undefined : network;
}

/** The pools besides this one. */
export function otherPools(
  { name, world }: Pick<PoolQuestion, "name" | "world">,
): readonly PoolFacts[] {
  return [...world.pools()].filter((pool) => pool.name !== name);
}

/** The MAC that a record binds an address to; `undefined` for a mark, and for what makes no sense. */
export function holderOf(allocated: JsonObject, address: Ipv4Address): MacAddress | undefined {
  const key = formatIpv4Address(address);
  const value = Object.hasOwn(allocated, key) ? allocated[key] : undefined;
  return typeof value === "string" ? parseMacAddress(value) : undefined;
}

/** Names a MAC with the object that it belongs to, where that is known; looks for all of them once. */
export function holderNames(
  { network, world }: Pick<PoolQuestion, "network" | "world">,
): (mac: MacAddress) => string {
  let owners: Map<MacAddress, string> | undefined;
  return (mac) => {
    owners ??= new Map(
      [...world.usersOf(network)].flatMap(({ name, macs }) => [...macs].map((one) => [one, name])),
    );
    const owner = owners.get(mac);
    const shown = formatMacAddress(mac);
    return owner === undefined ? shown : `${shown} (VirtualMachineNetworkConfig ${owner})`;
  };
}
