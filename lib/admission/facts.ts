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
import {
  networkOfPool,
  type NicName,
  specNicsOf,
  statusNicsOf,
  toldNicsOf,
} from "../reconcile/raw_fields.ts";
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

/** Whether an object names a network, in its specification or its status. */
export function namesNetwork(
  vmnetcfg: Pick<Observed<unknown>, "object">,
  network: string,
): boolean {
  return nicsOn(network, vmnetcfg).length > 0;
}

/** An object that names a network, as a user of it. What it has there is read when a rule asks. */
export function networkUserOf(
  vmnetcfg: Pick<Observed<unknown>, "object">,
  network: string,
): NetworkUser {
  return {
    name: keyOf(vmnetcfg.object),
    get macs() {
      return new Set(nicsOn(network, vmnetcfg).map(({ mac }) => mac));
    },
    get told() {
      return toldNicsOf(vmnetcfg).filter((nic) => nic.network === network).map(({ told }) => told);
    },
  };
}

function nicsOn(
  network: string,
  vmnetcfg: Pick<Observed<unknown>, "object">,
): readonly NicName[] {
  return [...specNicsOf(vmnetcfg), ...statusNicsOf(vmnetcfg)]
    .filter((nic) => nic.network === network);
}
