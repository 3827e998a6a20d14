/** The lease table of an IPPool: what its agents answer from. */

import { finish, type Steps } from "../base/turns.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import { createLeaseTable, type LeaseTable } from "../dhcpv4/lease.ts";
import type { PoolParameters } from "../dhcpv4/pool.ts";
import { isClientAddress } from "../ipam/address_range.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { BindingReader } from "./binding_reader.ts";
import { hostnamesByMac } from "./ippool/record/hostname_record.ts";
import { poolParametersOf } from "./pool_parameters.ts";

/**
 * Makes the lease table of a pool, in steps. Conditions are not looked at: the record alone counts, so that
 * agents go on while the controller restarts. Entries that are no bindings are left out, and so are
 * those of addresses that no client of the subnet can have.
 *
 * @param addressesOfName Addresses of a host name as last looked up; empty when it is not known.
 * @param reader Has read the versions before this one.
 */
export function* leaseTableInSteps(
  { spec, status }: IPPool,
  addressesOfName: (name: string) => readonly Ipv4Address[],
  reader: BindingReader,
): Steps<LeaseTable> {
  const { allocated, hostnames = {}, networkShared } = status?.ipv4 ?? {};
  const canHold = (address: Ipv4Address) => isClientAddress(spec.ipv4Config, address);
  const bindings = yield* reader.readInSteps(allocated, canHold);
  const hostNames = yield* hostnamesByMac(hostnames, bindings);
  const parameters: PoolParameters = {
    ...poolParametersOf(spec.ipv4Config, addressesOfName),
    ...(hostNames.size === 0 ? {} : { hostNames }),
    ...(networkShared === true ? { networkShared } : {}),
  };
  return createLeaseTable(parameters, bindings, spec.paused === true);
}

/** The lease table of a pool that is looked at once. */
export function leaseTableOf(
  pool: IPPool,
  addressesOfName: (name: string) => readonly Ipv4Address[],
): LeaseTable {
  return finish(leaseTableInSteps(pool, addressesOfName, new BindingReader()));
}

/** The host names among the NTP servers of a pool, which its agent looks up. */
export function ntpNamesOf({ spec }: IPPool): readonly string[] {
  return [...new Set(spec.ipv4Config.ntp.filter((server) => typeof server === "string"))];
}
