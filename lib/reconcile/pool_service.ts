/** Whether an agent can serve a version of its pool. */

import { isJsonEqual } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { FieldError } from "../api/meta.ts";
import { checkServer } from "../ipam/address_range.ts";
import { formatCidr } from "../net/cidr.ts";
import { formatIpv4Address } from "../net/ipv4_address.ts";
import { parseMacAddress } from "../net/mac_address.ts";

/**
 * Says why a version of a pool cannot be served.
 *
 * Subnet and server of a pool cannot change, and admission refuses it. Should they change all the
 * same while clients hold addresses, those are not told another server: they live on the wire
 * that the old version describes. Neither are they forgotten when the record vanishes as a whole:
 * the controller writes it again.
 *
 * @param served The version that is served, if there is one.
 */
export function serviceFaultsOf(pool: IPPool, served: IPPool | undefined): readonly FieldError[] {
  const { cidr, serverIp } = pool.spec.ipv4Config;
  const faults = checkServer({ cidr, serverIp });
  // A pool that was made anew under the same name starts over.
  if (served === undefined || served.metadata.uid !== pool.metadata.uid) return faults;
  const isRecordLost = !hasRecord(pool);
  if (!isRecordLost && isJsonEqual(served.spec.ipv4Config, pool.spec.ipv4Config)) return faults;
  const { allocated = {} } = served.status?.ipv4 ?? {};
  const isInUse = Object.values(allocated).some((text) => parseMacAddress(text) !== undefined);
  if (!isInUse) return faults;
  return [
    ...faults,
    ...changesOf(pool, served),
    ...(isRecordLost
      ? [{ field: "status.ipv4", message: "is gone while addresses are in use" }]
      : []),
  ];
}

/**
 * The pool as it is served. One that was made anew has no record yet, and one of several pools of a
 * network knows the clients of the others no better: neither refuses anybody for having no address
 * here, however authoritative it is.
 */
export function servedAs(pool: IPPool): IPPool {
  const { spec, status } = pool;
  const isShared = status?.ipv4?.networkShared === true;
  if (!isShared && hasRecord(pool)) return pool;
  const clientOptions = { ...spec.ipv4Config.clientOptions, authoritative: false };
  const ipv4 = { used: 0, available: 0, ...status?.ipv4, networkShared: true };
  return {
    ...pool,
    spec: { ...spec, ipv4Config: { ...spec.ipv4Config, clientOptions } },
    status: { ...status, ipv4 },
  };
}

/** Whether the pool says who has which address, and be it that nobody has one. */
function hasRecord({ status }: IPPool): boolean {
  // The Go version leaves an empty record out.
  return status?.ipv4 !== undefined &&
    (status.ipv4.allocated !== undefined || status.ipv4.used === 0);
}

function changesOf(pool: IPPool, served: IPPool): readonly FieldError[] {
  const before = served.spec.ipv4Config;
  const { cidr, serverIp } = pool.spec.ipv4Config;
  const changes = [
    ...(isJsonEqual(cidr, before.cidr)
      ? []
      : [{ field: "cidr", was: formatCidr(before.cidr), is: formatCidr(cidr) }]),
    ...(serverIp === before.serverIp ? [] : [{
      field: "serverIP",
      was: formatIpv4Address(before.serverIp),
      is: formatIpv4Address(serverIp),
    }]),
  ];
  return changes.map(({ field, was, is }) => ({
    field: `spec.ipv4Config.${field}`,
    message: `cannot change from ${was} to ${is} while addresses are in use`,
  }));
}
