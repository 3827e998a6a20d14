/**
 * Reads of objects that may not parse. An object that became unreadable must not lose what it
 * holds, so what it says is still needed as far as it can be read.
 */

import type { JsonObject } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { KubeObject, Observed } from "../api/meta.ts";
import { networkNameOf } from "../api/network_name.ts";
import { type Ipv4Address, parseIpv4Address } from "../net/ipv4_address.ts";
import { type MacAddress, parseMacAddress } from "../net/mac_address.ts";

/** A NIC as far as pools care. */
export interface NicName {
  /** `namespace/name`. */
  readonly network: string;
  readonly mac: MacAddress;
}

/** A NIC with the address that its object's status says it has. */
export interface UsedNic extends NicName {
  readonly told: Ipv4Address | undefined;
}

/** The value if it is an object, else an empty one. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The network of a pool, `namespace/name`; `undefined` when not even that can be read. */
export function networkOfPool({ object }: Observed<IPPool>): string | undefined {
  const { networkName } = objectOf(object.spec);
  if (typeof networkName !== "string" || networkName === "") return undefined;
  return networkNameOf(networkName, object.metadata.namespace ?? "");
}

/** The NICs that the specification names, readable ones only. */
export function specNicsOf({ object }: Pick<Observed<unknown>, "object">): readonly NicName[] {
  const { networkConfig, networkConfigs } = objectOf(object.spec);
  return [...nicsOf(networkConfig, object), ...nicsOf(networkConfigs, object)];
}

/** The NICs that the status names, readable ones only. */
export function statusNicsOf({ object }: Pick<Observed<unknown>, "object">): readonly NicName[] {
  return nicsOf(objectOf(object.status).networkConfigs, object);
}

/** The addresses that the status says were told, each with its NIC; readable ones only. */
export function toldNicsOf(
  { object }: Pick<Observed<unknown>, "object">,
): readonly (NicName & { readonly told: Ipv4Address })[] {
  return usedNicsIn(object).flatMap(({ network, mac, told }) =>
    told === undefined ? [] : [{ network, mac, told }]
  );
}

/**
 * All that an object says of NICs, in its status or its specification; readable ones only. One that the status
 * names as well is not repeated for the specification.
 */
export function usedNicsOf(vmnetcfg: Pick<Observed<unknown>, "object">): readonly UsedNic[] {
  const used = usedNicsIn(vmnetcfg.object);
  const others = specNicsOf(vmnetcfg)
    .filter(({ network, mac }) => !used.some((nic) => nic.network === network && nic.mac === mac))
    .map(({ network, mac }) => ({ network, mac, told: undefined }));
  // A list that has grown has room for sixteen more, and ten thousand of these may be kept.
  return used.concat(others);
}

function usedNicsIn(object: KubeObject): readonly UsedNic[] {
  const { networkConfigs } = objectOf(object.status);
  if (!Array.isArray(networkConfigs)) return [];
  return networkConfigs.flatMap((item: unknown) => {
    const nic = nicOf(item, object);
    return nic === undefined ? [] : [{ network: nic.network, mac: nic.mac, told: toldIn(item) }];
  });
}

function toldIn(item: unknown): Ipv4Address | undefined {
  const { state, allocatedIPAddress } = objectOf(item);
  if (state !== "Allocated" || typeof allocatedIPAddress !== "string") return undefined;
  return parseIpv4Address(allocatedIPAddress);
}

/** The NICs that an object names by a MAC which cannot be read, in its specification or its status. */
export function unreadableNicsOf(
  { object: { metadata, spec, status } }: Pick<Observed<unknown>, "object">,
): readonly { readonly network: string; readonly macText: string }[] {
  const { networkConfig, networkConfigs } = objectOf(spec);
  const found: { network: string; macText: string }[] = [];
  for (const list of [networkConfig, networkConfigs, objectOf(status).networkConfigs]) {
    if (!Array.isArray(list)) continue;
    for (const item of list) {
      const { networkName, macAddress } = objectOf(item);
      if (typeof networkName !== "string" || typeof macAddress !== "string") continue;
      if (parseMacAddress(macAddress) !== undefined) continue;
      const network = networkNameOf(networkName, metadata.namespace ?? "");
      found.push({ network, macText: macAddress });
    }
  }
  return found;
}

function nicsOf(list: unknown, object: KubeObject): readonly NicName[] {
  if (!Array.isArray(list)) return [];
  return list.map((item: unknown) => nicOf(item, object)).filter((nic) => nic !== undefined);
}

function nicOf(item: unknown, { metadata }: KubeObject): NicName | undefined {
  const { networkName, macAddress } = objectOf(item);
  if (typeof networkName !== "string" || typeof macAddress !== "string") return undefined;
  const mac = parseMacAddress(macAddress);
  if (mac === undefined) return undefined;
  return { network: networkNameOf(networkName, metadata.namespace ?? ""), mac };
}
