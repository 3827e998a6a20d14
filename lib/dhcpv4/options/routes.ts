/** Routes in the two forms that options have for them. */

import { type Cidr, formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, UNSPECIFIED_IPV4 } from "../../net/ipv4_address.ts";
import { addressAt, ADDRESSES } from "./addresses.ts";
import { encodeUint32 } from "./numbers.ts";
import { listOf, type OptionValue, type ValueKind } from "./value_kind.ts";

/** A way to a network other than by the router. */
export interface StaticRoute {
  readonly destination: Cidr;
  /** 0.0.0.0 says that the destination is on the link. */
  readonly gateway: Ipv4Address;
}

/** Routes with masks (RFC 3442): width, significant octets of the destination, gateway. */
export const CLASSLESS_ROUTES: ValueKind<readonly StaticRoute[]> = {
  lengths: { min: 5, max: Infinity, unit: 1 },
  encode: encodeClassless,
  decode: decodeClassless,
  format: (routes) =>
    routes.map(({ destination, gateway }) =>
      `${formatCidr(destination)} via ${formatIpv4Address(gateway)}`
    ).join(", "),
};

/**
 * Routes without masks (RFC 2132 section 5.8): clients take that of the destination's class. Only
 * routes with that mask and with a gateway are written.
 */
export const CLASSFUL_ROUTES: ValueKind<readonly StaticRoute[]> = {
  lengths: listOf(8),
  encode: encodeClassful,
  decode: decodeClassful,
  format: (routes) =>
    routes.map(({ destination, gateway }) =>
      `${formatIpv4Address(destination.network)} via ${formatIpv4Address(gateway)}`
    ).join(", "),
};

/**
 * What clients of option 121 need: they ignore the router option (RFC 3442), so that the default
 * route has to be among the routes, too.
 *
 * @param router Gateway of the default route, unless the routes have one.
 */
export function withDefaultRoute(
  routes: readonly StaticRoute[],
  router: Ipv4Address | undefined,
): readonly StaticRoute[] {
  const hasDefault = routes.some(({ destination }) => destination.prefixLength === 0);
  if (routes.length === 0 || hasDefault || router === undefined) return routes;
  const destination = { network: UNSPECIFIED_IPV4, prefixLength: 0 };
  return [...routes, { destination, gateway: router }];
}

function encodeClassless(routes: readonly StaticRoute[]): OptionValue {
  return routes.flatMap(({ destination: { network, prefixLength }, gateway }) => [
    prefixLength,
    ...encodeUint32(network).slice(0, significantBytes(prefixLength)),
    ...encodeUint32(gateway),
  ]);
}

function decodeClassless(octets: Uint8Array): readonly StaticRoute[] | undefined {
  const routes: StaticRoute[] = [];
  let at = 0;
  while (at < octets.length) {
    const prefixLength = octets[at++]!;
    const gatewayAt = at + significantBytes(prefixLength);
    if (prefixLength > 32 || gatewayAt + 4 > octets.length) return undefined;
    const network = new Uint8Array(4);
    network.set(octets.subarray(at, gatewayAt));
    routes.push({
      destination: { network: addressAt(network, 0), prefixLength },
      gateway: addressAt(octets, gatewayAt),
    });
    at = gatewayAt + 4;
  }
  return routes.length === 0 ? undefined : routes;
}

function encodeClassful(routes: readonly StaticRoute[]): OptionValue {
  const pairs = routes
    .filter(({ destination: { network, prefixLength }, gateway }) =>
      prefixLength === classPrefixLength(network) && gateway !== UNSPECIFIED_IPV4
    )
    .flatMap(({ destination, gateway }) => [destination.network, gateway]);
  return ADDRESSES.encode(pairs);
}

function decodeClassful(octets: Uint8Array): readonly StaticRoute[] | undefined {
  if (octets.length === 0 || octets.length % 8 !== 0) return undefined;
  return Array.from({ length: octets.length / 8 }, (_, i) => {
    const network = addressAt(octets, 8 * i);
    const prefixLength = classPrefixLength(network);
    return { destination: { network, prefixLength }, gateway: addressAt(octets, 8 * i + 4) };
  });
}

function significantBytes(prefixLength: number): number {
  return Math.ceil(prefixLength / 8);
}

/** Classes A, B and C of RFC 791 section 3.2; 0 for addresses of none. */
function classPrefixLength(network: Ipv4Address): number {
  const firstOctet = network >>> 24;
  if (firstOctet < 128) return 8;
  if (firstOctet < 192) return 16;
  return firstOctet < 224 ? 24 : 0;
}
