/** How a pool that was made for a network differs from the route of that by now. */

import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import { keyOf, type KubeObject, namespacedNameOf } from "../../api/meta.ts";
import {
  type NetworkAttachmentDefinition,
  type NetworkRoute,
  networkRouteOf,
} from "../../api/network_attachment_definition.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import type { WantedCondition } from "../conditions.ts";
import { AUTO_IPPOOL } from "../names.ts";
import { makeAutoIPPool } from "./auto_ippool_object.ts";

/** Why a pool was made for its network; `undefined` for one that a user made. */
export function causeOf({ metadata }: KubeObject): string | undefined {
  return metadata.labels?.[AUTO_IPPOOL];
}

/** How settings and route differ in what cannot change in place; `undefined` when they agree. */
export function routeDifference(
  { cidr, router, serverIp }: Pick<Ipv4Settings, "cidr" | "router" | "serverIp">,
  route: NetworkRoute,
): string | undefined {
  const { gateway } = route;
  if (formatCidr(route.cidr) !== formatCidr(cidr)) {
    return `the route has cidr ${formatCidr(route.cidr)}, the pool ${formatCidr(cidr)}`;
  }
  if (gateway !== undefined && gateway === serverIp) {
    return `the gateway of the route, ${formatIpv4Address(gateway)}, is the serverIP of the pool`;
  }
  if (router === undefined || router === gateway) return undefined;
  const now = gateway === undefined ? "none" : formatIpv4Address(gateway);
  return `the route has gateway ${now}, the pool router ${formatIpv4Address(router)}`;
}

/** Says what a difference means, and what to do. */
export function describeOutdated(key: string, difference: string): string {
  return `ippool ${key} stays as it is: ${difference}. To have it made anew, remove the VMs from the ` +
    "network and delete the pool";
}

/** Whether the pool is what the route of its network says; only for one that was made from that. */
export function routeConditionsOf(
  pool: { readonly object: KubeObject; readonly settings: Ipv4Settings | undefined },
  nad: NetworkAttachmentDefinition | undefined,
): readonly WantedCondition[] {
  const { object, settings } = pool;
  if (causeOf(object) === undefined || settings === undefined || nad === undefined) return [];
  const route = networkRouteOf(nad);
  if (route?.ok !== true) return [];
  const type = "RouteFollowed";
  const difference = routeDifference(settings, route.value);
  if (difference === undefined) {
    const message = `ippool ${keyOf(object)} is as the route of its network says`;
    return [{ type, status: "True", reason: "SameAsRoute", message }];
  }
  // To delete the pool would be no cure: none can be made from such a route.
  if (!makeAutoIPPool(namespacedNameOf(nad), { cause: "annotation", route: route.value }).ok) {
    return [];
  }
  const message = describeOutdated(keyOf(object), difference);
  return [{ type, status: "False", reason: "RouteChanged", message }];
}
