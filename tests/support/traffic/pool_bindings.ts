/** What pools and VirtualMachineNetworkConfigs say of each other, read straight from their JSON. */

import type { KubeObject } from "../../../lib/api/meta.ts";
import { parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { ipv4Of } from "../controller/controller_objects.ts";

/** An address of a NIC. */
export interface Binding {
  /** Its network as `namespace/name`, a space, and its MAC. */
  readonly nic: string;
  readonly address: string;
}

interface Nics {
  readonly paused?: boolean;
  readonly networkConfigs?: readonly {
    readonly networkName: string;
    readonly macAddress: string;
    readonly ipAddress?: string;
    readonly allocatedIPAddress?: string;
    readonly state?: string;
  }[];
}

/** The network of a pool, `namespace/name`. */
export function networkOf({ metadata, spec }: KubeObject): string {
  return qualified((spec as { networkName: string }).networkName, metadata.namespace!);
}

/** The bindings in the record of a pool. */
export function bindingsOf(pool: KubeObject): readonly Binding[] {
  const network = networkOf(pool);
  return Object.entries(ipv4Of(pool).allocated ?? {}).filter(([, mac]) => mac.includes(":"))
    .map(([address, mac]) => ({ nic: `${network} ${mac.toLowerCase()}`, address }));
}

/** Whether an address lies between the first and the last one of a pool. */
export function isInRange({ spec }: KubeObject, address: string): boolean {
  const { pool: { start, end } } =
    (spec as { ipv4Config: { pool: { start: string; end: string } } }).ipv4Config;
  const number = parseIpv4Address(address)!;
  return parseIpv4Address(start)! <= number && number <= parseIpv4Address(end)!;
}

/** The NICs that were told an address, with it: not those that gave it back. */
export function toldOf({ metadata, status }: KubeObject): ReadonlyMap<string, string> {
  return new Map(
    nicsOf((status ?? {}) as Nics, metadata.namespace!).flatMap((
      { nic, allocatedIPAddress, state },
    ) =>
      allocatedIPAddress === undefined || state !== "Allocated" ? [] : [[nic, allocatedIPAddress]]
    ),
  );
}

/** The NICs that want an address, and which one; `undefined` for any. */
export function wantedOf({ metadata, spec }: KubeObject): ReadonlyMap<string, string | undefined> {
  const { paused, ...rest } = spec as Nics;
  if (paused === true) return new Map();
  return new Map(nicsOf(rest, metadata.namespace!).map(({ nic, ipAddress }) => [nic, ipAddress]));
}

function nicsOf({ networkConfigs = [] }: Nics, namespace: string) {
  return networkConfigs.map((nic) => ({
    nic: `${qualified(nic.networkName, namespace)} ${nic.macAddress.toLowerCase()}`,
    ...nic,
  }));
}

function qualified(networkName: string, namespace: string): string {
  return networkName.includes("/") ? networkName : `${namespace}/${networkName}`;
}
