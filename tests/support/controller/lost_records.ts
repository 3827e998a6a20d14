/** Pools that lost their record, and VMs whose objects say what each was told. */

import { ippoolSample, vmnetcfgSample } from "../apiserver/samples.ts";
import { type Ipv4Address } from "../../../lib/net/ipv4_address.ts";
import { parseMacAddress } from "../../../lib/net/mac_address.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../../../lib/reconcile/names.ts";
import { PlannedWorld } from "./planned_world.ts";

const NETWORK = "default/net-48";

/** A VM as it is found; its MAC follows from its number, and so does its age: 0 is the oldest. */
export interface Found {
  readonly told?: number | undefined;
  readonly state?: "Allocated" | "Pending" | "Stale";
  readonly wanted?: number | undefined;
  readonly paused?: boolean;
  readonly isUnreadable?: boolean;
  readonly hasFinalizer?: boolean;
  /** How its specification and its status spell the MAC. */
  readonly spellings?: readonly [number, number];
}

const SPELLINGS = [
  (mac: string) => mac,
  (mac: string) => mac.toUpperCase(),
  (mac: string) => mac.replaceAll(":", "-"),
];

/** The MAC of the VM with this number. */
export function macOf(i: number): string {
  return `52:54:00:00:0a:0${i}`;
}

/** The address of the pool with this last octet. */
export function addressOf(last: number): string {
  return `192.168.48.${last}`;
}

/** Adds a VM as it is found. */
export function putVm(world: PlannedWorld, i: number, found: Found): void {
  const [inSpec, inStatus] = (found.spellings ?? [0, 0]).map((each) => SPELLINGS[each]!(macOf(i)));
  const ipAddress = found.isUnreadable ? "bogus" : found.wanted && addressOf(found.wanted);
  const nic = { macAddress: inSpec, networkName: "net-48", ...(ipAddress && { ipAddress }) };
  const told = {
    macAddress: inStatus,
    networkName: NETWORK,
    state: found.state ?? "Allocated",
    allocatedIPAddress: addressOf(found.told ?? 0),
  };
  world.put(
    world.vms,
    vmnetcfgSample({
      metadata: {
        name: `vm-${i}`,
        creationTimestamp: `2026-01-01T00:00:0${i}Z`,
        ...(found.hasFinalizer === false ? {} : { finalizers: [VMNETCFG_FINALIZER] }),
      },
      spec: { paused: found.paused === true, networkConfigs: [nic] },
      ...(found.told === undefined ? {} : { status: { networkConfigs: [told] } }),
    }),
  );
}

/** A pool that hands out .83 to .89 and whose record has these entries: last octet to VM, or to a mark. */
export function worldOf(
  vms: readonly Found[],
  record: Readonly<Record<number, number | string>> = {},
): PlannedWorld {
  const world = new PlannedWorld();
  const entries = Object.entries(record).map(([last, value]) => [
    addressOf(Number(last)),
    typeof value === "string" ? value : macOf(value),
  ]);
  world.put(
    world.pools,
    ippoolSample({
      metadata: { finalizers: [IPPOOL_FINALIZER] },
      pool: { start: addressOf(82), exclude: [addressOf(82), addressOf(90)] },
      status: { ipv4: { allocated: Object.fromEntries(entries), used: 0, available: 0 } },
    }),
  );
  vms.forEach((found, i) => putVm(world, i, found));
  return world;
}

/** The address that the record binds to a VM. */
export function boundOf(world: PlannedWorld, i: number): Ipv4Address | undefined {
  return world.view("ippool-1").record.addresses.get(parseMacAddress(macOf(i))!);
}
