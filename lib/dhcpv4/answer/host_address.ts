/** Which addresses a client can have, whatever a packet claims. */

import { edgeOf } from "../../net/cidr.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import type { PoolParameters } from "../pool.ts";

/** Whether the address names one host: not "this network", loopback, a group or reserved. */
export function isUnicastAddress(address: Ipv4Address): boolean {
  const firstOctet = address >>> 24;
  return firstOctet !== 0 && firstOctet !== 127 && firstOctet < 224;
}

/**
 * Whether a client can have this address. `ciaddr` is what the packet claims, and nothing must be
 * sent to the server itself, the router or a group because a packet says so.
 */
export function isHostAddress(
  address: Ipv4Address,
  { cidr, router, serverIp }: PoolParameters,
): boolean {
  return isUnicastAddress(address) && address !== serverIp && address !== router &&
    edgeOf(cidr, address) === undefined;
}
