/** Bodies of `/ipams`, `/caches` and `/leases`, in the shape that tools of the Go version read. */

import type { LeaseTable } from "../dhcpv4/lease.ts";
import { subnetMaskOf } from "../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { PoolView } from "./ippool/pool_view.ts";

/** Addresses that one `/ipams` body lists at most; the range of a /8 has 16 million. */
export const DUMPED_ADDRESSES_MAX = 65_536;

/** A body: JSON values by key. */
export type CacheDump = Readonly<Record<string, string>>;

/**
 * `/ipams`: every address that the pool can hand out, with whether it is in use.
 *
 * @returns Addresses in ascending order, at most {@link DUMPED_ADDRESSES_MAX}; none for a pool
 * without a valid range.
 */
export function dumpIpam({ addresses, record: { bindings } }: PoolView): CacheDump {
  if (!addresses.ok) return {};
  const { start, end, kindOf } = addresses.value.range;
  const last = Math.min(end, start + DUMPED_ADDRESSES_MAX - 1);
  const entries: [string, string][] = [];
  for (let value: number = start; value <= last; value++) {
    const address = ipv4AddressFromNumber(value);
    if (kindOf(address) !== "allocatable") continue;
    entries.push([formatIpv4Address(address), String(bindings.has(address))]);
  }
  return Object.fromEntries(entries);
}

/** `/caches`: MAC to address, sorted by MAC. */
export function dumpMacCache({ record }: PoolView): CacheDump {
  return byMac(record.addresses, formatIpv4Address);
}

/** `/leases`: MAC to what its client is told, as JSON in a string, sorted by MAC. */
export function dumpLeases(table: LeaseTable): CacheDump {
  const { parameters } = table;
  // The order of the keys is that of the Go version's struct.
  return byMac(table.bindings(), (address) =>
    JSON.stringify({
      ServerIP: formatIpv4Address(parameters.serverIp),
      ClientIP: formatIpv4Address(address),
      SubnetMask: base64Of(subnetMaskOf(parameters.cidr)),
      Router: parameters.router === undefined ? "" : formatIpv4Address(parameters.router),
      DNS: parameters.dns.map(formatIpv4Address),
      DomainName: parameters.domainName ?? "",
      DomainSearch: parameters.domainSearch,
      NTP: parameters.ntpServers.map(formatIpv4Address),
      LeaseTime: parameters.leaseSeconds,
    }));
}

function byMac(
  bindings: Iterable<readonly [MacAddress, Ipv4Address]>,
  show: (address: Ipv4Address) => string,
): CacheDump {
  const sorted = [...bindings].sort(([a], [b]) => a - b);
  return Object.fromEntries(sorted.map(([mac, address]) => [formatMacAddress(mac), show(address)]));
}

/** Base64 of the four octets, as Go writes a byte slice in JSON. */
function base64Of(address: Ipv4Address): string {
  const octets = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  return btoa(String.fromCharCode(...octets));
}
