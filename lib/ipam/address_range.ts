/**
 * The addresses that a pool hands out: `start` to `end` without reserved and excluded ones.
 * A range is never expanded, so a /8 costs as much as a /24.
 */

import { type Cidr, cidrContains, edgeOf, edgesOf, formatCidr, isHostOf } from "../net/cidr.ts";
import { formatIpv4Address, type Ipv4Address } from "../net/ipv4_address.ts";
import { specialBlockOf } from "../net/special_blocks.ts";

/** What a range is made of; `spec.ipv4Config` once its texts are read. */
export interface RangeSettings {
  readonly cidr: Cidr;
  readonly start: Ipv4Address;
  readonly end: Ipv4Address;
  readonly exclude: readonly Ipv4Address[];
  readonly serverIp: Ipv4Address;
  readonly router?: Ipv4Address;
}

/** What is wrong with a field of the pool. */
export interface RangeFault {
  /** Path in the object. */
  readonly field: string;
  readonly message: string;
}

/** What the range says about an address. */
export type AddressKind = "allocatable" | "excluded" | "reserved" | "outside";

/** A range of addresses to hand out. */
export interface AddressRange {
  readonly start: Ipv4Address;
  readonly end: Ipv4Address;
  /** How many addresses of the range can be handed out. */
  readonly allocatableCount: number;
  /** Those of the range that are excluded and not reserved. */
  readonly excluded: ReadonlySet<Ipv4Address>;
  kindOf(address: Ipv4Address): AddressKind;
  /** What it says of an address that is asked for: one of the subnet is allocatable beside the range, too. */
  askedKindOf(address: Ipv4Address): AddressKind;
}

/** A range, or the reasons why there is none. */
export type AddressRangeResult =
  | { readonly ok: true; readonly value: AddressRange }
  | { readonly ok: false; readonly errors: readonly RangeFault[] };

const CONFIG_PATH = "spec.ipv4Config";
const POOL_PATH = `${CONFIG_PATH}.pool`;

/**
 * Reports what makes a server impossible, whatever the range: a subnet whose addresses no host can
 * have, and a server that is no host of it. Nobody can be served from such a pool.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * const cidr = parseCidr("224.0.0.0/24")!;
 * const serverIp = parseIpv4Address("224.0.0.255")!;
 * deepEqual(checkServer({ cidr, serverIp }).map(({ message }) => message), [
 *   "subnet 224.0.0.0/24 has addresses of 224.0.0.0/4, which is for multicast",
 *   "server ip 224.0.0.255 is the same as broadcast ip",
 * ]);
 * ```
 */
export function checkServer(
  { cidr, serverIp }: Pick<RangeSettings, "cidr" | "serverIp">,
): readonly RangeFault[] {
  const block = specialBlockOf(cidr);
  const message = `subnet ${formatCidr(cidr)} has addresses of ${block}`;
  return [
    ...(block === undefined ? [] : [{ field: `${CONFIG_PATH}.cidr`, message }]),
    ...checkHostAddress(`${CONFIG_PATH}.serverIP`, serverIp, cidr),
  ];
}

/**
 * Whether a client of the pool can have an address, be it in the range or not.
 *
 * @example
 * ```ts
 * import { deepEqual } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * const pool = { cidr: parseCidr("10.0.0.0/29")!, serverIp: parseIpv4Address("10.0.0.1")! };
 * const addresses = ["10.0.0.0", "10.0.0.1", "10.0.0.2", "10.0.0.9"].map(parseIpv4Address);
 * const is = addresses.map((address) => isClientAddress(pool, address!));
 * deepEqual(is, [false, false, true, false]);
 * ```
 */
export function isClientAddress(
  { cidr, serverIp }: Pick<RangeSettings, "cidr" | "serverIp">,
  address: Ipv4Address,
): boolean {
  return isHostOf(cidr, address) && address !== serverIp;
}

/**
 * Makes the range of a pool. Network address, broadcast address, server and router are reserved
 * wherever they lie in it.
 *
 * @returns The range, or an error when `start` to `end` is no range of the subnet.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * const cidr = parseCidr("10.0.0.0/29")!;
 * const [serverIp, start, end] = ["10.0.0.1", "10.0.0.0", "10.0.0.3"].map(parseIpv4Address);
 * const range = addressRangeOf({ cidr, serverIp, start, end, exclude: [] });
 * equal(range.ok && range.value.allocatableCount, 2);
 * ```
 */
export function addressRangeOf(settings: RangeSettings): AddressRangeResult {
  const { cidr, start, end } = settings;
  const errors: RangeFault[] = [];
  for (const [field, address] of [["start", start], ["end", end]] as const) {
    if (!cidrContains(cidr, address)) errors.push(outsideSubnet(`${POOL_PATH}.${field}`, address));
  }
  if (start > end) {
    const message = `start ip ${formatIpv4Address(start)} is after end ip ${
      formatIpv4Address(end)
    }`;
    errors.push({ field: `${POOL_PATH}.start`, message });
  }
  if (errors.length > 0) return { ok: false, errors };

  const reservedAnywhere = new Set(reservedAddressesOf(settings));
  const excludedAnywhere = new Set(settings.exclude);
  const reserved = new Set([...reservedAnywhere].filter(isInRange));
  const excluded = new Set([...excludedAnywhere].filter((a) => isInRange(a) && !reserved.has(a)));

  function isInRange(address: Ipv4Address): boolean {
    return address >= start && address <= end;
  }
  function kindOf(address: Ipv4Address): AddressKind {
    if (!isInRange(address)) return "outside";
    if (reserved.has(address)) return "reserved";
    return excluded.has(address) ? "excluded" : "allocatable";
  }
  function askedKindOf(address: Ipv4Address): AddressKind {
    if (!cidrContains(cidr, address)) return "outside";
    if (reservedAnywhere.has(address)) return "reserved";
    return excludedAnywhere.has(address) ? "excluded" : "allocatable";
  }
  const allocatableCount = end - start + 1 - reserved.size - excluded.size;
  return { ok: true, value: { start, end, allocatableCount, excluded, kindOf, askedKindOf } };
}

/**
 * Reports what a new pool should not have, beyond what keeps it from having a range at all. An
 * existing pool works in spite of these, unless it cannot have a server.
 *
 * An exclusion outside the subnet is an error, for it is a typing error that hands out the address
 * that was meant; one that is in the subnet but outside the range is allowed.
 *
 * @example
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { parseCidr } from "../net/cidr.ts";
 * import { parseIpv4Address } from "../net/ipv4_address.ts";
 * const cidr = parseCidr("10.0.0.0/29")!;
 * const [serverIp, start, end] = ["10.0.0.0", "10.0.0.2", "10.0.0.3"].map(parseIpv4Address);
 * const faults = checkAddresses({ cidr, serverIp, start, end, exclude: [] });
 * equal(faults[0]?.message, "server ip 10.0.0.0 is the same as network ip");
 * ```
 */
export function checkAddresses(settings: RangeSettings): readonly RangeFault[] {
  const { cidr, serverIp, router } = settings;
  const faults = [
    ...checkHostAddress(`${POOL_PATH}.start`, settings.start, cidr),
    ...checkHostAddress(`${POOL_PATH}.end`, settings.end, cidr),
    ...checkServer(settings),
    ...(router === undefined ? [] : checkHostAddress(`${CONFIG_PATH}.router`, router, cidr)),
  ];
  if (serverIp === router) {
    const message = `server ip ${formatIpv4Address(serverIp)} is the same as router ip`;
    faults.push({ field: `${CONFIG_PATH}.serverIP`, message });
  }
  settings.exclude.forEach((address, i) => {
    if (!cidrContains(cidr, address)) {
      faults.push(outsideSubnet(`${POOL_PATH}.exclude[${i}]`, address));
    }
  });
  return faults;
}

function checkHostAddress(field: string, address: Ipv4Address, cidr: Cidr): RangeFault[] {
  if (isHostOf(cidr, address)) return [];
  const edge = edgeOf(cidr, address);
  if (edge === undefined) return [outsideSubnet(field, address)];
  const named = `${roleOf(field)} ip ${formatIpv4Address(address)}`;
  return [{ field, message: `${named} is the same as ${edge} ip` }];
}

function outsideSubnet(field: string, address: Ipv4Address): RangeFault {
  const message = `${roleOf(field)} ip ${formatIpv4Address(address)} is not within subnet`;
  return { field, message };
}

/** The word for a field in messages; scripts match on them as the Go version wrote them. */
function roleOf(field: string): string {
  const key = field.slice(field.lastIndexOf(".") + 1);
  if (key === "serverIP") return "server";
  return key.startsWith("exclude") ? "exclude" : key;
}

function reservedAddressesOf(settings: RangeSettings): Ipv4Address[] {
  const { cidr, serverIp, router } = settings;
  const edges = Object.values(edgesOf(cidr) ?? {});
  return [...edges, serverIp, ...(router === undefined ? [] : [router])];
}
