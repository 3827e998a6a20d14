/** What the rules ask of objects, read from them. An object that cannot be read tells what it can. */

import { defined, objectAt } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { keyOf, type Observed } from "../api/meta.ts";
import {
  CLUSTER_NETWORK_LABEL,
  type NetworkAttachmentDefinition,
  networkPurposeOf,
  networkRouteOf,
} from "../api/network_attachment_definition.ts";
import { networkOfPool, specNicsOf, statusNicsOf, toldNicsOf } from "../reconcile/raw_fields.ts";
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

/** The object as a user of a network; `undefined` when it names it nowhere. */
export function networkUserOf(
  vmnetcfg: Pick<Observed<unknown>, "object">,
  network: string,
): NetworkUser | undefined {
  const nics = [...specNicsOf(vmnetcfg), ...statusNicsOf(vmnetcfg)]
    .filter((nic) => nic.network === network);
  if (nics.length === 0) return undefined;
  return {
    name: keyOf(vmnetcfg.object),
    // Read when a rule asks: there may be thousands of users.
    get macs() {
      return new Set(nics.map(({ mac }) => mac));
    },
    get told() {
      return toldNicsOf(vmnetcfg).filter((nic) => nic.network === network).map(({ told }) => told);
    },
  };
}
