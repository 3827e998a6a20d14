/** Bindings that stand where none should: what is said of them. They are kept, for VMs live with them. */

import { formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import { type AddressKind, isClientAddress } from "../../ipam/address_range.ts";
import type { NetworkClaims } from "../claims.ts";
import type { PoolAddresses } from "./pool_view.ts";

/** Why no new binding would be made there. */
export type Misplacement = "noClientAddress" | Exclude<AddressKind, "allocatable">;

/** A binding that is misplaced. */
export interface MisplacedBinding {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  readonly why: Misplacement;
}

/** Why a binding is misplaced; `undefined` when it is not. */
export function misplacementOf(
  { settings, range }: PoolAddresses,
  address: Ipv4Address,
): Misplacement | undefined {
  if (!isClientAddress(settings, address)) return "noClientAddress";
  const kind = range.kindOf(address);
  return kind === "allocatable" ? undefined : kind;
}

/** Names a misplaced binding and its VM. */
export function describeMisplaced(
  { address, mac, why }: MisplacedBinding,
  { settings }: PoolAddresses,
  claims: NetworkClaims,
): string {
  const text = formatIpv4Address(address);
  const holder = holderOf(mac, claims);
  if (why === "noClientAddress") {
    return `${text} of ${holder} is no address of a client of ` +
      `subnet ${formatCidr(settings.cidr)}; it is not answered`;
  }
  const how = why === "outside" ? "not between start and end" : why;
  return `${text} is ${how} but held by ${holder}, which keeps it`;
}

/** What takes a misplaced binding away. */
export function cureOfMisplaced({ why }: MisplacedBinding): string {
  return why === "noClientAddress"
    ? "for another address, set spec.paused of that object to true and back to false"
    : "to free an address, take its network interface out of that object, or ask there for " +
      "another one (ipAddress)";
}

function holderOf(mac: MacAddress, { owners, held }: NetworkClaims): string {
  const owner = owners.get(mac)?.owner ?? held.get(mac)?.owner ?? "";
  return owner === ""
    ? formatMacAddress(mac)
    : `${formatMacAddress(mac)} (VirtualMachineNetworkConfig ${owner})`;
}
