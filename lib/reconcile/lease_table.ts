/** The lease table of an IPPool: what its agents answer from. */

import { defined } from "../base/json.ts";
import type { CustomOption } from "../api/ippool/client_options.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import { createLeaseTable, type LeaseTable } from "../dhcpv4/lease.ts";
import { ADDRESSES } from "../dhcpv4/options/addresses.ts";
import { UINT16, UINT32, UINT8 } from "../dhcpv4/options/numbers.ts";
import { TEXT } from "../dhcpv4/options/text.ts";
import type { DhcpOption, OptionValue } from "../dhcpv4/options/value_kind.ts";
import type { PoolParameters } from "../dhcpv4/pool.ts";
import { isClientAddress } from "../ipam/address_range.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BindingReader } from "./binding_reader.ts";
import { hostnamesByMac } from "./ippool/hostname_record.ts";

/** Bounds option 42: a name may have any number of addresses, and no client asks so many servers. */
const NTP_SERVERS_MAX = 16;

/**
 * Makes the lease table of a pool. Conditions are not looked at: the record alone counts, so that
 * agents go on while the controller restarts. Entries that are no bindings are left out, and so are
 * those of addresses that no client of the subnet can have.
 *
 * @param addressesOfName Addresses of a host name as last looked up; empty when it is not known.
 * @param reader Has read the versions before this one; a new one for a single look.
 */
export function leaseTableOf(
  { spec, status }: IPPool,
  addressesOfName: (name: string) => readonly Ipv4Address[],
  reader = new BindingReader(),
): LeaseTable {
  const { serverIp, cidr, router, dns, domainName, domainSearch, leaseSeconds } = spec.ipv4Config;
  const { options, ...clientOptions } = spec.ipv4Config.clientOptions;
  const { allocated, hostnames = {} } = status?.ipv4 ?? {};
  const bindings = reader.read(allocated, (address) => isClientAddress(spec.ipv4Config, address));
  const hostNames = hostnamesByMac(hostnames, bindings);
  const parameters: PoolParameters = {
    serverIp,
    cidr,
    dns,
    domainSearch,
    leaseSeconds,
    ntpServers: ntpServersOf(spec.ipv4Config, addressesOfName),
    ...defined({ router, domainName, options: options?.map(encodeCustomOption) }),
    ...(hostNames.size === 0 ? {} : { hostNames }),
    ...clientOptions,
  };
  return createLeaseTable(parameters, bindings, spec.paused === true);
}

/** The host names among the NTP servers of a pool, which its agent looks up. */
export function ntpNamesOf({ spec }: IPPool): readonly string[] {
  return [...new Set(spec.ipv4Config.ntp.filter((server) => typeof server === "string"))];
}

function ntpServersOf(
  { ntp }: Ipv4Settings,
  addressesOfName: (name: string) => readonly Ipv4Address[],
): readonly Ipv4Address[] {
  const servers = new Set<Ipv4Address>();
  for (const server of ntp) {
    // Sorted, so that a resolver that rotates its answers does not change every reply.
    const addresses = typeof server === "string"
      ? addressesOfName(server).toSorted((a, b) => a - b)
      : [server];
    for (const address of addresses) servers.add(address);
  }
  return [...servers].slice(0, NTP_SERVERS_MAX);
}

function encodeCustomOption(option: CustomOption): DhcpOption {
  return { code: option.code, value: Uint8Array.from(encodeCustomValue(option)) };
}

/** Exactly one of the values is there. */
function encodeCustomValue(
  { addresses, text, uint8, uint16, uint32, hex }: CustomOption,
): OptionValue {
  if (addresses !== undefined) return ADDRESSES.encode(addresses);
  if (text !== undefined) return TEXT.encode(text);
  if (uint8 !== undefined) return UINT8.encode(uint8);
  if (uint16 !== undefined) return UINT16.encode(uint16);
  return uint32 === undefined ? hex! : UINT32.encode(uint32);
}
