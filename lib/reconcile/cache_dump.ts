/**
 * Bodies of `/ipams`, `/caches` and `/leases`, in the shape that tools of the Go version read, and of
 * `/unknown`.
 */

import type { LeaseTable } from "../dhcpv4/lease.ts";
import { subnetMaskOf } from "../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address, ipv4AddressFromNumber } from "../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../net/mac_address.ts";
import type { AskingMachine, LastSeen } from "./agent_report.ts";
import type { PoolView } from "./ippool/pool_view.ts";

/** Addresses that one `/ipams` body lists at most; the range of a /8 has 16 million. */
export const DUMPED_ADDRESSES_MAX = 65_536;

/**
 * A body: an object of texts. Its entries are made one by one, because those of a large pool take as
 * long as answers to hundreds of packets.
 */
export type CacheDump = Iterable<readonly [key: string, value: string]>;

/** `/unknown`: by `namespace/name` of the pool, the machine that asked last first. */
export type UnknownDump = Iterable<readonly [poolKey: string, machines: readonly AskingMachine[]]>;

/**
 * `/ipams`: every address that the pool can hand out, and those that VMs hold beside its range, with
 * whether it is in use.
 *
 * @returns Addresses in ascending order, of the range at most {@link DUMPED_ADDRESSES_MAX}; none for a
 * pool without a valid range.
 */
export function* dumpIpam(
  { addresses, record: { bindings } }: PoolView,
): Generator<readonly [string, string]> {
  if (!addresses.ok) return;
  const { start, end, kindOf } = addresses.value.range;
  const last = Math.min(end, start + DUMPED_ADDRESSES_MAX - 1);
  const held = [...bindings.keys()].filter((address) => address < start || address > end)
    .sort((a, b) => a - b);
  for (const address of held.filter((each) => each < start)) {
    yield [formatIpv4Address(address), "true"];
  }
  for (let value: number = start; value <= last; value++) {
    const address = ipv4AddressFromNumber(value);
    if (kindOf(address) !== "allocatable") continue;
    yield [formatIpv4Address(address), String(bindings.has(address))];
  }
  for (const address of held.filter((each) => each > end)) {
    yield [formatIpv4Address(address), "true"];
  }
}

/** `/caches`: MAC to address, sorted by MAC. */
export function dumpMacCache({ record }: PoolView): CacheDump {
  return byMac(record.addresses, formatIpv4Address);
}

/**
 * `/leases`: MAC to what its client is told, as JSON in a string, sorted by MAC.
 *
 * @param lastSeenOf For `?verbose=1`, which adds when each client was last seen: `null` when it never
 * asked.
 */
export function dumpLeases(
  table: LeaseTable,
  lastSeenOf?: (mac: MacAddress) => LastSeen | undefined,
): CacheDump {
  const { parameters } = table;
  // The order of the keys is that of the Go version's struct.
  const before = `{"ServerIP":"${formatIpv4Address(parameters.serverIp)}","ClientIP":"`;
  const after = JSON.stringify({
    SubnetMask: base64Of(subnetMaskOf(parameters.cidr)),
    Router: parameters.router === undefined ? "" : formatIpv4Address(parameters.router),
    DNS: parameters.dns.map(formatIpv4Address),
    DomainName: parameters.domainName ?? "",
    DomainSearch: parameters.domainSearch,
    NTP: parameters.ntpServers.map(formatIpv4Address),
    LeaseTime: parameters.leaseSeconds,
  }).replace("{", '",');
  const lease = (address: Ipv4Address) => before + formatIpv4Address(address) + after;
  if (lastSeenOf === undefined) return byMac(table.bindings(), lease);
  return byMac(
    table.bindings(),
    (address, mac) => `${lease(address).slice(0, -1)},"LastSeen":${showSeen(lastSeenOf(mac))}}`,
  );
}

function showSeen(seen: LastSeen | undefined): string {
  if (seen === undefined) return "null";
  const { time, type, outcome, count } = seen;
  return JSON.stringify({ Time: time, Type: type, Outcome: outcome, Count: count });
}

function* byMac(
  bindings: Iterable<readonly [MacAddress, Ipv4Address]>,
  show: (address: Ipv4Address, mac: MacAddress) => string,
): Generator<readonly [string, string]> {
  const sorted = [...bindings].sort(([a], [b]) => a - b);
  for (const [mac, address] of sorted) yield [formatMacAddress(mac), show(address, mac)];
}

/** Base64 of the four octets, as Go writes a byte slice in JSON. */
function base64Of(address: Ipv4Address): string {
  const octets = [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255];
  return btoa(String.fromCharCode(...octets));
}
