/**
 * Marks of a record, for addresses that are never handed out, and bindings that stand where none should:
 * these are kept, for VMs live with them.
 */

import { EXCLUDED_MARK, RESERVED_MARK } from "../../api/ippool/ippool.ts";
import type { Ipv4Settings } from "../../api/ippool/ipv4_config.ts";
import { type AddressKind, isClientAddress } from "../../ipam/address_range.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address } from "../../net/ipv4_address.ts";
import { formatMacAddress, type MacAddress } from "../../net/mac_address.ts";
import type { NetworkClaims } from "../claims.ts";
import type { Mark } from "./record/allocation_record.ts";
import type { PoolAddresses, PoolView } from "./pool_view.ts";
import type { RecordEdit } from "./record/record_edit.ts";

/** Takes away marks that the specification does not have any more. */
export function removeMarks(
  edit: RecordEdit,
  { record }: PoolView,
  { settings, range }: PoolAddresses,
): void {
  const wanted = marksOf(settings, range);
  for (const [address, mark] of record.marks) {
    if (wanted.get(address) !== mark) edit.remove(address);
  }
}

/** Puts marks where they belong. A binding keeps its address; until it goes, there is no mark. */
export function placeMarks(edit: RecordEdit, { settings, range }: PoolAddresses): void {
  for (const [address, mark] of marksOf(settings, range)) {
    if (!edit.isTaken(address)) edit.mark(address, mark);
  }
}

function marksOf(
  { exclude, serverIp, router }: Ipv4Settings,
  range: PoolAddresses["range"],
): ReadonlyMap<Ipv4Address, Mark> {
  const marks = new Map<Ipv4Address, Mark>();
  for (const address of exclude) marks.set(address, EXCLUDED_MARK);
  for (const address of [serverIp, router]) {
    if (address !== undefined && range.kindOf(address) === "reserved") {
      marks.set(address, RESERVED_MARK);
    }
  }
  return marks;
}

/** Why no new binding would be made there. */
export type Misplacement = "noClientAddress" | Exclude<AddressKind, "allocatable">;

/** A binding that is misplaced. */
export interface MisplacedBinding {
  readonly address: Ipv4Address;
  readonly mac: MacAddress;
  readonly why: Misplacement;
}

/**
 * Why a binding is misplaced; `undefined` when it is not.
 *
 * @param wanted The address that the NIC asks for.
 */
export function misplacementOf(
  { settings, range }: PoolAddresses,
  address: Ipv4Address,
  wanted: Ipv4Address | undefined,
): Misplacement | undefined {
  if (!isClientAddress(settings, address)) return "noClientAddress";
  const kind = address === wanted ? range.askedKindOf(address) : range.kindOf(address);
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

/** Names a MAC and the object that claims it. */
export function holderOf(mac: MacAddress, { owners, held }: NetworkClaims): string {
  const owner = owners.get(mac)?.owner ?? held.get(mac)?.owner ?? "";
  return owner === ""
    ? formatMacAddress(mac)
    : `${formatMacAddress(mac)} (VirtualMachineNetworkConfig ${owner})`;
}
