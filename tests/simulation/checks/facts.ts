/** What stands in objects, read apart from the planners that are under test. */

import { addressRangeOf, checkServer } from "../../../lib/ipam/address_range.ts";
import type { AddressRange } from "../../../lib/ipam/address_range.ts";
import { isJsonObject, objectAt, stringAt } from "../../../lib/base/json.ts";
import { keyOf, type KubeObject } from "../../../lib/api/meta.ts";
import { networkNameOf } from "../../../lib/api/network_name.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import type { IPPoolSpec } from "../../../lib/api/ippool/ippool.ts";
import {
  impossibleMacOf,
  parseVirtualMachineNetworkConfig,
} from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { formatIpv4Address, parseIpv4Address } from "../../../lib/net/ipv4_address.ts";
import { formatMacAddress, parseMacAddress } from "../../../lib/net/mac_address.ts";

/** A pool. */
export interface PoolFacts {
  readonly key: string;
  readonly object: KubeObject;
  readonly network: string;
  readonly isPaused: boolean;
  readonly isDeleting: boolean;
  readonly createdAt: string;
  /** Address to MAC. */
  readonly bindings: ReadonlyMap<string, string>;
  /** Address to MAC as written. */
  readonly texts: ReadonlyMap<string, string>;
  /** Entries that are no bindings. */
  readonly others: ReadonlyMap<string, string>;
  /** Absent for a specification that nobody can be served by. */
  readonly range: AddressRange | undefined;
  readonly rules: Pick<IPPoolSpec, "allowedNamespaces" | "maxAddressesPerNamespace">;
}

/** A NIC of a VirtualMachineNetworkConfig. */
export interface NicFacts {
  readonly network: string;
  readonly mac: string;
  /** The MAC as written. */
  readonly macText: string;
  readonly wanted: string | undefined;
  /** Whether a network interface can have the MAC. */
  readonly isPossible: boolean;
}

/** What the status says of a NIC. */
export interface ToldFacts {
  readonly network: string;
  readonly mac: string;
  /** The MAC as written. */
  readonly macText: string;
  /** The address that it holds. */
  readonly address: string | undefined;
  /** The address as written, whether it holds it or not. */
  readonly text: string;
}

/** A VirtualMachineNetworkConfig. */
export interface ConfigFacts {
  readonly key: string;
  readonly uid: string;
  readonly object: KubeObject;
  readonly namespace: string;
  readonly isDeleting: boolean;
  readonly isPaused: boolean;
  /** Whether its specification can be read; one that cannot keeps what it holds. */
  readonly isReadable: boolean;
  readonly nics: readonly NicFacts[];
  readonly told: readonly ToldFacts[];
}

const pools = new WeakMap<KubeObject, PoolFacts>();
const configs = new WeakMap<KubeObject, ConfigFacts>();

/** Reads a pool, once for each version. */
export function poolFacts(object: KubeObject): PoolFacts {
  const known = pools.get(object) ?? readPool(object);
  pools.set(object, known);
  return known;
}

/** Reads a VirtualMachineNetworkConfig, once for each version. */
export function configFacts(object: KubeObject): ConfigFacts {
  const known = configs.get(object) ?? readConfig(object);
  configs.set(object, known);
  return known;
}

/** The state of a condition with its reason; empty when there is none. */
export function conditionOf(object: KubeObject, type: string): string {
  const { conditions } = objectAt(object, "status");
  const found = (Array.isArray(conditions) ? conditions : []).find((each) => each.type === type);
  return found === undefined ? "" : `${found.status} ${found.reason}`;
}

function readPool(object: KubeObject): PoolFacts {
  const bindings = new Map<string, string>();
  const texts = new Map<string, string>();
  const others = new Map<string, string>();
  const { allocated } = objectAt(object["status"], "ipv4");
  for (const [key, value] of Object.entries(isJsonObject(allocated) ? allocated : {})) {
    const address = parseIpv4Address(key);
    const mac = parseMacAddress(String(value));
    if (address === undefined || mac === undefined) others.set(key, String(value));
    else {
      bindings.set(formatIpv4Address(address), formatMacAddress(mac));
      texts.set(formatIpv4Address(address), String(value));
    }
  }
  const parsed = parseIPPool(object);
  const settings = parsed.ok ? parsed.value.spec.ipv4Config : undefined;
  const range = settings && checkServer(settings).length === 0
    ? addressRangeOf(settings)
    : undefined;
  return {
    key: keyOf(object),
    object,
    network: networkNameOf(stringAt(object["spec"], "networkName"), namespaceOf(object)),
    isPaused: objectAt(object, "spec")["paused"] === true,
    isDeleting: object.metadata.deletionTimestamp !== undefined,
    createdAt: object.metadata.creationTimestamp ?? "",
    bindings,
    texts,
    others,
    range: range?.ok ? range.value : undefined,
    rules: parsed.ok ? parsed.value.spec : {},
  };
}

function readConfig(object: KubeObject): ConfigFacts {
  const spec = objectAt(object, "spec");
  const isReadable = parseVirtualMachineNetworkConfig(object).ok;
  const listed = [spec["networkConfig"], spec["networkConfigs"]].flatMap(listOf);
  const inStatus = listOf(objectAt(object, "status")["networkConfigs"]);
  return {
    key: keyOf(object),
    uid: object.metadata.uid ?? "",
    object,
    namespace: namespaceOf(object),
    isDeleting: object.metadata.deletionTimestamp !== undefined,
    isPaused: spec["paused"] === true,
    isReadable,
    nics: (isReadable ? listed : [...listed, ...inStatus]).flatMap((nic) => readNic(nic, object)),
    told: inStatus.flatMap((nic) =>
      readNic(nic, object).map(({ network, mac, macText }) => ({
        network,
        mac,
        macText,
        address: stringAt(nic, "state") === "Allocated"
          ? stringAt(nic, "allocatedIPAddress")
          : undefined,
        text: stringAt(nic, "allocatedIPAddress"),
      }))
    ),
  };
}

function readNic(nic: unknown, object: KubeObject): readonly NicFacts[] {
  const mac = parseMacAddress(stringAt(nic, "macAddress"));
  const name = stringAt(nic, "networkName");
  if (mac === undefined || name === "") return [];
  const macAddress = formatMacAddress(mac);
  const wanted = parseIpv4Address(stringAt(nic, "ipAddress"));
  const networkName = networkNameOf(name, namespaceOf(object));
  return [{
    network: networkName,
    mac: macAddress,
    macText: stringAt(nic, "macAddress"),
    wanted: wanted === undefined ? undefined : formatIpv4Address(wanted),
    isPossible: impossibleMacOf({ networkName, macAddress }) === undefined,
  }];
}

function namespaceOf({ metadata }: KubeObject): string {
  return metadata.namespace ?? "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
