/** The lease table of an IPPool: what its agents answer from. */

import type { RateLimitsConfig } from "../api/ippool/client_options.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { type Ipv4Settings, readIpv4Config } from "../api/ippool/ipv4_config.ts";
import type { Parsed } from "../api/meta.ts";
import { createLeaseTable, type LeaseTable, type PoolParameters } from "../dhcpv4/lease.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BindingReader } from "./binding_reader.ts";
import { hostnamesByMac } from "./ippool/hostname_record.ts";

/** Bounds option 42: a name may have any number of addresses, and no client asks so many servers. */
const NTP_SERVERS_MAX = 16;

/**
 * Makes the lease table of a pool. Conditions are not looked at: the record alone counts, so that
 * agents go on while the controller restarts. Entries that are no bindings are left out.
 *
 * @param addressesOfName Addresses of a host name as last looked up; empty when it is not known.
 * @param reader Has read the versions before this one; a new one for a single look.
 * @returns The table, or what is wrong with `spec.ipv4Config`.
 */
export function leaseTableOf(
  ippool: IPPool,
  addressesOfName: (name: string) => readonly Ipv4Address[],
  reader = new BindingReader(),
): Parsed<LeaseTable> {
  const parsed = readIpv4Config(ippool.spec.ipv4Config);
  if (!parsed.ok) return parsed;
  const { serverIp, cidr, router, dns, domainName, domainSearch, leaseSeconds } = parsed.value;
  const { allocated, hostnames = {} } = ippool.status?.ipv4 ?? {};
  const bindings = reader.read(allocated);
  const hostNames = hostnamesByMac(hostnames, bindings);
  const parameters: PoolParameters = {
    serverIp,
    cidr,
    dns,
    domainSearch,
    leaseSeconds,
    ntpServers: ntpServersOf(parsed.value, addressesOfName),
    ...(router === undefined ? {} : { router }),
    ...(domainName === undefined ? {} : { domainName }),
    ...(hostNames.size === 0 ? {} : { hostNames }),
    ...parsed.value.clientOptions,
  };
  const isPaused = ippool.spec.paused === true;
  return { ok: true, value: createLeaseTable(parameters, bindings, isPaused) };
}

/**
 * The limits that a pool sets on how much clients may ask, to be laid over `CLIENT_LIMITS_DEFAULT`
 * of the engine; what the pool does not limit is absent.
 */
export function protectionLimitsOf(ippool: IPPool): RateLimitsConfig {
  return ippool.spec.ipv4Config.rateLimits ?? {};
}

/** The host names among the NTP servers of a pool, which its agent looks up. */
export function ntpNamesOf(ippool: IPPool): readonly string[] {
  const parsed = readIpv4Config(ippool.spec.ipv4Config);
  if (!parsed.ok) return [];
  return [...new Set(parsed.value.ntp.filter((server) => typeof server === "string"))];
}

function ntpServersOf(
  settings: Ipv4Settings,
  addressesOfName: (name: string) => readonly Ipv4Address[],
): readonly Ipv4Address[] {
  const servers = new Set<Ipv4Address>();
  for (const server of settings.ntp) {
    // Sorted, so that a resolver that rotates its answers does not change every reply.
    const addresses = typeof server === "string"
      ? addressesOfName(server).toSorted((a, b) => a - b)
      : [server];
    for (const address of addresses) servers.add(address);
  }
  return [...servers].slice(0, NTP_SERVERS_MAX);
}
