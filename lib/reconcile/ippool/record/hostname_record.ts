/**
 * `IPPool.status.ipv4.hostnames`: the host name of each client that gets one. It stands in
 * the pool because agents read nothing else.
 */

import type { Steps } from "../../../base/turns.ts";
import { HOST_LABEL } from "../../../api/text_rules.ts";
import type { Bindings } from "../../../dhcpv4/bindings.ts";
import { BINDINGS_MAX } from "../../../ipam/address_allocator.ts";
import {
  formatIpv4Address,
  type Ipv4Address,
  parseIpv4Address,
} from "../../../net/ipv4_address.ts";
import type { MacAddress } from "../../../net/mac_address.ts";
import type { NetworkClaims } from "../../claims.ts";

/** Address to host name, as it stands in the pool. */
export type HostnameRecord = Readonly<Record<string, string>>;

/** What the host name of one client follows from. */
export interface HostnameSource {
  readonly claims: NetworkClaims;
  /** The host names as last committed. */
  readonly before: { get(address: string): string | undefined };
  /** `hostnameFromVM`; `undefined` when the specification cannot be read. */
  readonly fromVm: boolean | undefined;
}

/** What the host names are planned from. */
export interface HostnameWorld extends HostnameSource {
  /** The bindings as planned. */
  readonly bindings: Iterable<readonly [Ipv4Address, MacAddress]>;
  /** Entries of the record of addresses as planned. */
  readonly entryCount: number;
}

/** The planned host names. */
export interface HostnamePlan {
  readonly hostnames: ReadonlyMap<string, string>;
  /** Sentence about what is missing; `undefined` when nothing is. */
  readonly problem: string | undefined;
}

/** Longest entry of the record of addresses in JSON: `"255.255.255.255":"aa:bb:cc:dd:ee:ff",`. */
const ADDRESS_ENTRY_BYTES = 38;

/** Quotes, colon and comma around address and name; both are ASCII. */
const PUNCTUATION_BYTES = 6;

/**
 * Plans the host names. They take the room that {@link BINDINGS_MAX} leaves for addresses not yet
 * recorded, and give it back to them: without a host name a VM works, without an address it does
 * not.
 */
export function planHostnames(world: HostnameWorld): HostnamePlan {
  const named = [...world.bindings].flatMap(([address, mac]) => {
    const name = hostnameOf(address, mac, world);
    return name === undefined ? [] : [{ address, name }];
  });
  // An order that does not depend on how the record was written: two plans leave out the same.
  named.sort((a, b) => a.address - b.address);
  let roomBytes = hostnameRoomBytes(world.entryCount);
  const recorded = new Map<string, string>();
  for (const { address, name } of named) {
    const text = formatIpv4Address(address);
    const entryBytes = text.length + name.length + PUNCTUATION_BYTES;
    if (entryBytes > roomBytes) continue;
    roomBytes -= entryBytes;
    recorded.set(text, name);
  }
  const missing = named.length - recorded.size;
  return {
    hostnames: recorded,
    problem: missing === 0
      ? undefined
      : `the record is too full for the host names of ${missing} clients, which get none`,
  };
}

/** The room that host names have beside a number of entries of the record of addresses. */
export function hostnameRoomBytes(entryCount: number): number {
  return (BINDINGS_MAX - entryCount) * ADDRESS_ENTRY_BYTES;
}

/** Entries that are read in one step. */
const STEP_ENTRIES = 512;

/** The host names of the bound clients, in steps. Entries for unbound addresses are left out. */
export function* hostnamesByMac(
  hostnames: HostnameRecord,
  bindings: Bindings,
): Steps<ReadonlyMap<MacAddress, string>> {
  const names = new Map<MacAddress, string>();
  let read = 0;
  for (const text of Object.keys(hostnames)) {
    if (read++ % STEP_ENTRIES === 0) yield;
    const name = hostnames[text]!;
    const address = parseIpv4Address(text);
    const mac = address === undefined ? undefined : bindings.ownerOf(address);
    if (mac !== undefined) names.set(mac, name);
  }
  return names;
}

/** The host name that a client gets, if there is room for it. */
export function hostnameOf(
  address: Ipv4Address,
  mac: MacAddress,
  { claims, before, fromVm }: HostnameSource,
): string | undefined {
  const claim = claims.owners.get(mac);
  if (claim?.hostname !== undefined) return claim.hostname;
  // What cannot be read changes nothing.
  if (claim === undefined || fromVm === undefined) return before.get(formatIpv4Address(address));
  return fromVm ? hostnameOfVm(claim.vmName) : undefined;
}

/** As KubeVirt names the guest: what stands before the first dot, cut to the length of a label. */
function hostnameOfVm(vmName: string): string | undefined {
  const label = vmName.split(".", 1)[0]!.slice(0, 63);
  return HOST_LABEL.parse(label);
}
