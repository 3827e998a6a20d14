/**
 * Addresses that a status names for NICs which have none now. The Go version takes it that each NIC in a
 * status has an address; it wants that one again when its object is not paused any more.
 */

import type { NetworkConfig, VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { Ipv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { formerAddressOf, toldAddressOf } from "../claims.ts";
import type { PoolView } from "../ippool/pool_view.ts";

/**
 * The address that a NIC gave back and may have again: nobody else has it, and a pool hands it out.
 *
 * @param pools Those of its network. Without any, nothing says that it may not.
 */
export function pendingAddressOf(
  vmnetcfg: VirtualMachineNetworkConfig,
  nic: NetworkConfig,
  pools: readonly PoolView[],
): Ipv4Address | undefined {
  const told = vmnetcfg.spec.paused === true ? toldAddressOf(vmnetcfg, nic) : undefined;
  const address = told ?? formerAddressOf(vmnetcfg, nic);
  if (address === undefined || pools.length === 0) return address;
  const mac = parseMacAddress(nic.macAddress);
  const isFree = pools.every(({ record }) =>
    !record.taken.has(address) || record.bindings.get(address) === mac
  );
  const isAnyones = pools.some(({ addresses }) =>
    // Nothing can be said of a specification that makes no range.
    !addresses.ok || addresses.value.range.kindOf(address) === "allocatable"
  );
  return isFree && isAnyones ? address : undefined;
}
