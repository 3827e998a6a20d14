/** What an IPPool tells its clients, as the engine needs it. */

import { defined } from "../base/json.ts";
import type { CustomOption } from "../api/ippool/client_options.ts";
import type { Ipv4Settings } from "../api/ippool/ipv4_config.ts";
import { ADDRESSES } from "../dhcpv4/options/addresses.ts";
import { UINT16, UINT32, UINT8 } from "../dhcpv4/options/numbers.ts";
import { TEXT } from "../dhcpv4/options/text.ts";
import type { DhcpOption, OptionValue } from "../dhcpv4/options/value_kind.ts";
import type { PoolParameters } from "../dhcpv4/pool.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";

/** Bounds option 42: a name may have any number of addresses, and no client asks so many servers. */
const NTP_SERVERS_MAX = 16;

/**
 * The parameters of a pool, without host names.
 *
 * @param addressesOfName Addresses of a host name as last looked up; empty when it is not known.
 */
export function poolParametersOf(
  settings: Ipv4Settings,
  addressesOfName: (name: string) => readonly Ipv4Address[],
): PoolParameters {
  const { serverIp, cidr, router, dns, domainName, domainSearch, leaseSeconds } = settings;
  const { options, ...clientOptions } = settings.clientOptions;
  return {
    serverIp,
    cidr,
    dns,
    domainSearch,
    leaseSeconds,
    ntpServers: ntpServersOf(settings, addressesOfName),
    ...defined({ router, domainName, options: options?.map(encodeCustomOption) }),
    ...clientOptions,
  };
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
