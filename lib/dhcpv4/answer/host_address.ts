/** Which addresses a client can have, whatever a packet claims. */

import { edgeOf } from "../../net/cidr.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { specialBlockOfAddress } from "../../net/special_blocks.ts";
import type { PoolParameters } from "../pool.ts";

/**
 * Whether a client can have this address. `ciaddr` is what the packet claims, and nothing must be
 * sent to the server itself, the router or a group because a packet says so.
 */
export function isHostAddress(
  address: Ipv4Address,
  { cidr, router, serverIp }: PoolParameters,
): boolean {
  return specialBlockOfAddress(address) === undefined && address !== serverIp &&
    address !== router &&
    edgeOf(cidr, address) === undefined;
}
