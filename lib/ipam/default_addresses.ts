/** The addresses that a pool has where its author names the subnet only. */

import { type Cidr, edgesOf } from "../net/cidr.ts";
import { type Ipv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";

/** Addresses of a pool that follow from its subnet and its router. */
export interface DefaultAddresses {
  readonly serverIp: Ipv4Address;
  readonly start: Ipv4Address;
  readonly end: Ipv4Address;
}

/**
 * All hosts of the subnet as range, and the first one that is not the router as server, as the webhook
 * of the Go version has it. Server and router are reserved in the range.
 *
 * @returns `undefined` for a subnet that has no address left for a client.
 *
 * @example
 * ```ts
 * import { deepEqual, equal } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { formatIpv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
 * const cidr = parseCidr("10.0.0.0/29")!;
 * const found = defaultAddressesOf({ cidr, router: parseIpv4Address("10.0.0.1") })!;
 * const addresses = [found.serverIp, found.start, found.end].map(formatIpv4Address);
 * deepEqual(addresses, ["10.0.0.2", "10.0.0.1", "10.0.0.6"]);
 * equal(defaultAddressesOf({ cidr: parseCidr("10.0.0.0/31")!, router: undefined }), undefined);
 * ```
 */
export function defaultAddressesOf(
  { cidr, router }: { readonly cidr: Cidr; readonly router: Ipv4Address | undefined },
): DefaultAddresses | undefined {
  const edges = edgesOf(cidr);
  if (edges === undefined) return undefined;
  const start = ipv4AddressFromNumber(edges.network + 1);
  const end = ipv4AddressFromNumber(edges.broadcast - 1);
  const serverIp = start === router ? ipv4AddressFromNumber(start + 1) : start;
  const reserved = router === undefined ? 1 : 2;
  return end - start + 1 > reserved ? { serverIp, start, end } : undefined;
}
