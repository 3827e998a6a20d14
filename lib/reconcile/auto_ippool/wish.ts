/** Whether a VM network wants a pool of its own. */

import type { FieldError } from "../../api/meta.ts";
import {
  NETWORK_TYPE_LABEL,
  type NetworkAttachmentDefinition,
  type NetworkPurpose,
  networkPurposeOf,
  type NetworkRoute,
  networkRouteOf,
  ROUTE_ANNOTATION,
} from "../../api/network_attachment_definition.ts";
import { showValue } from "../../api/field_reader.ts";
import { AUTO_IPPOOL } from "../names.ts";

/** Which networks get a pool: those that ask for one, or also all that have a route set by hand. */
export type AutoIPPoolPolicy = "annotated" | "manual-routes";

/** Why a network has a pool; the value of the pool's label. */
export type AutoIPPoolCause = "annotation" | "manual-route";

/** What a network wants. */
export type Wish =
  | { readonly is: "wanted"; readonly cause: AutoIPPoolCause; readonly route: NetworkRoute }
  /** A pool that is there is left as it is. */
  | { readonly is: "undecided"; readonly problem?: string }
  | { readonly is: "unwanted"; readonly problem?: string };

/** The pool that the network has already, as far as it was made for the network. */
export interface OwnPool {
  readonly cause: string;
  readonly serverIp: string;
}

/** Networks that have no one subnet, or a DHCP server of their own. */
const UNSUITABLE: Readonly<Record<Exclude<NetworkPurpose, "storage">, string>> = {
  overlay: "an overlay network, which assigns addresses itself",
  trunk: "a trunk of several VLANs",
};

/**
 * Decides what a network wants. A mistake in an annotation neither makes nor removes a pool; it is told
 * where the network asked for one.
 */
export function wishOf(
  nad: NetworkAttachmentDefinition,
  { policy, own }: { readonly policy: AutoIPPoolPolicy; readonly own: OwnPool | undefined },
): Wish {
  const asked = nad.metadata.annotations?.[AUTO_IPPOOL];
  if (asked !== undefined && asked !== "true" && asked !== "false") {
    const problem = `annotation ${AUTO_IPPOOL}: must be true or false, not ${showValue(asked)}`;
    return { is: "undecided", problem };
  }
  const route = networkRouteOf(nad);
  if (asked === "true") return askedWish(nad, route, own);
  if (asked === "false") return { is: "unwanted" };
  if (route?.ok === false) return { is: "undecided" };
  // Pools that were made for routes outlive the flag, which may be missing by mistake.
  if (policy !== "manual-routes" && own?.cause !== "manual-route") return { is: "unwanted" };
  if (route === undefined || route.value.isAutomatic || unsuitabilityOf(nad) !== undefined) {
    return { is: "unwanted" };
  }
  if (policy !== "manual-routes") return { is: "undecided" };
  return { is: "wanted", cause: "manual-route", route: route.value };
}

function askedWish(
  nad: NetworkAttachmentDefinition,
  route: ReturnType<typeof networkRouteOf>,
  own: OwnPool | undefined,
): Wish {
  const unsuitable = unsuitabilityOf(nad);
  if (unsuitable !== undefined) return { is: "unwanted", problem: unsuitable };
  if (route === undefined) {
    const problem = `annotation ${ROUTE_ANNOTATION} is missing, which is to name cidr and gateway`;
    return { is: "undecided", problem };
  }
  if (!route.ok) return { is: "undecided", problem: problemsOf(route.errors) };
  const { isAutomatic, serverIp } = route.value;
  if (isAutomatic && serverIp !== undefined && serverIp !== own?.serverIp) {
    const problem = `another DHCP server, ${showValue(serverIp)}, answers on this network ` +
      `(serverIPAddr of annotation ${ROUTE_ANNOTATION})`;
    return { is: "unwanted", problem };
  }
  return { is: "wanted", cause: "annotation", route: route.value };
}

function unsuitabilityOf(nad: NetworkAttachmentDefinition): string | undefined {
  const purpose = networkPurposeOf(nad);
  if (purpose === undefined) return undefined;
  if (purpose === "storage") return "it is a storage network";
  const type = nad.metadata.labels?.[NETWORK_TYPE_LABEL];
  return `it is ${UNSUITABLE[purpose]} (label ${NETWORK_TYPE_LABEL}: ${type})`;
}

function problemsOf(errors: readonly FieldError[]): string {
  return `annotation ${errors.map(({ field, message }) => `${field} ${message}`).join("; ")}`;
}
