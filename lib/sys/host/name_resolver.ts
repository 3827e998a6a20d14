/** Host names, looked up as the system does it: hosts file, search domains, name servers. */

import { lookup } from "node:dns/promises";
import { unlessAborted } from "../../base/abort.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import type { NameResolver } from "../contract.ts";

/** What getaddrinfo(3) calls a name that does not exist or has no address. */
const NO_ADDRESS_CODES: readonly unknown[] = ["ENOTFOUND", "ENODATA"];

/** Makes a {@link NameResolver} on the system's resolver. */
export function createNameResolver(): NameResolver {
  return { resolve };
}

async function resolve(name: string, signal: AbortSignal): Promise<readonly Ipv4Address[]> {
  try {
    // getaddrinfo(3) cannot be ended early; it ends by itself.
    const found = await unlessAborted(lookup(name, { family: 4, all: true }), signal);
    return found.map(({ address }) => parseIpv4Address(address))
      .filter((address) => address !== undefined);
  } catch (error) {
    if (NO_ADDRESS_CODES.includes((error as { code?: unknown }).code)) return [];
    throw new Error(`Cannot look up ${name}`, { cause: error });
  }
}
