/** IPv4 addresses, four octets each. */

import { readUint32 } from "../../net/bytes.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { encodeUint32 } from "./numbers.ts";
import { exactly, listOf, type ValueKind } from "./value_kind.ts";

export const ADDRESS: ValueKind<Ipv4Address> = {
  lengths: exactly(4),
  encode: encodeUint32,
  decode: (octets) => octets.length === 4 ? addressAt(octets, 0) : undefined,
  format: formatIpv4Address,
};

/** Most preferred first. */
export const ADDRESSES: ValueKind<readonly Ipv4Address[]> = {
  lengths: listOf(4),
  encode: (addresses) => addresses.flatMap(encodeUint32),
  decode: decodeAddresses,
  format: (addresses) => addresses.map(formatIpv4Address).join(", "),
};

function decodeAddresses(octets: Uint8Array): readonly Ipv4Address[] | undefined {
  if (octets.length === 0 || octets.length % 4 !== 0) return undefined;
  return Array.from({ length: octets.length / 4 }, (_, i) => addressAt(octets, 4 * i));
}

/** The address that begins at this octet. */
export function addressAt(octets: Uint8Array, offset: number): Ipv4Address {
  return readUint32(octets, offset) as Ipv4Address;
}
