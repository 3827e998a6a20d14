/** What the rules ask of objects, read from them. An object that cannot be read tells what it can. */

import { defined, objectAt } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../api/meta.ts";
import {
  CLUSTER_NETWORK_LABEL,
  type NetworkAttachmentDefinition,
  networkPurposeOf,
  networkRouteOf,
} from "../api/network_attachment_definition.ts";
import { networkOfPool, type UsedNic } from "../reconcile/raw_fields.ts";
import type { NetworkFacts, NetworkUser, PoolFacts } from "./contract.ts";

/** What there is to know of a VM network. */
export function networkFactsOf(nad: NetworkAttachmentDefinition): NetworkFacts {
  const route = networkRouteOf(nad);
  return defined({
    clusterNetwork: nad.metadata.labels?.[CLUSTER_NETWORK_LABEL] || undefined,
    purpose: networkPurposeOf(nad),
    route: route?.ok === true ? route.value : undefined,
  });
}

/** What there is to know of a pool; `undefined` when it does not even name a network. */
export function poolFactsOf(ippool: Observed<IPPool>): PoolFacts | undefined {
  const { object, parsed } = ippool;
  const network = networkOfPool(ippool);
  if (network === undefined) return undefined;
  return {
    name: keyOf(object),
    network,
    ...(parsed.ok ? { settings: parsed.value.spec.ipv4Config } : {}),
    allocated: objectAt(objectAt(object.status, "ipv4"), "allocated"),
    isDeleting: object.metadata.deletionTimestamp !== undefined,
  };
}

/**
 * An object that names a network, as a user of it. What it has there is gathered when a rule asks.
 *
 * @param nics All that the object says of NICs.
 */
export function networkUserOf(
  object: KubeObject,
  nics: readonly UsedNic[],
  network: string,
): NetworkUser {
  const there = nics.filter((nic) => nic.network === network);
  return {
    name: keyOf(object),
    get macs() {
      return new Set(there.map(({ mac }) => mac));
    },
    get told() {
      return there.map(({ told }) => told).filter((told) => told !== undefined);
    },
  };
}
