/** Routes in the two forms that options have for them. */

import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { StaticRoute } from "../lease.ts";
import type { OptionValue } from "../wire/message.ts";
import { encodeAddresses, encodeUint32 } from "./option_values.ts";

/**
 * The value of option 121 (RFC 3442): width, significant octets of the destination, gateway.
 * Clients that get it ignore the router option, so that the default route has to be in here, too.
 *
 * @param router Gateway of the default route, unless the routes have one.
 * @returns An empty value without routes.
 */
export function encodeClasslessRoutes(
  routes: readonly StaticRoute[],
  router: Ipv4Address | undefined,
): OptionValue {
  const bytes: number[] = [];
  for (const { destination: { network, prefixLength }, gateway } of routes) {
    const significant = encodeUint32(network).slice(0, Math.ceil(prefixLength / 8));
    bytes.push(prefixLength, ...significant, ...encodeUint32(gateway));
  }
  const hasDefault = routes.some(({ destination }) => destination.prefixLength === 0);
  if (routes.length > 0 && !hasDefault && router !== undefined) {
    bytes.push(0, ...encodeUint32(router));
  }
  return bytes;
}

/**
 * The value of option 33 (RFC 2132 section 5.8), which has no masks: clients take that of the
 * destination's class. Routes with another mask, and those without a gateway, are left out.
 */
export function encodeClassfulRoutes(routes: readonly StaticRoute[]): OptionValue {
  const pairs = routes
    .filter(({ destination: { network, prefixLength }, gateway }) =>
      prefixLength === classPrefixLength(network) && gateway !== 0
    )
    .flatMap(({ destination, gateway }) => [destination.network, gateway]);
  return encodeAddresses(pairs);
}

/** Classes A, B and C of RFC 791 section 3.2; 0 for addresses of none. */
function classPrefixLength(network: Ipv4Address): number {
  const firstOctet = network >>> 24;
  if (firstOctet < 128) return 8;
  if (firstOctet < 192) return 16;
  return firstOctet < 224 ? 24 : 0;
}
