/** The list of network interfaces in a VirtualMachineNetworkConfig, as it is and as its VM wants it. */

import { defined, isJsonEqual, type JsonObject } from "../../base/json.ts";
import { joinSome } from "../../base/sentences.ts";
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import { networkNameOf } from "../../api/network_name.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import {
  MAC_ADDRESS_ANNOTATION,
  SKIP_NICS_ANNOTATION,
  STATIC_IP_ANNOTATION_PREFIX,
} from "../names.ts";
import { objectOf } from "../raw_fields.ts";
import { isItemOf, ownItemsOf } from "./own_items.ts";
import type { VmNic, VmNics } from "./vm_nics.ts";
import type { VmProblem } from "./vm_problem.ts";

/** As many as the definition allows in one object. */
const LISTED_NICS_MAX = 4;

/** An item of the list, with its network in normal form and all other fields as they are. */
export interface ListedNic extends JsonObject {
  readonly networkName: string;
  /** A MAC in any form: the Go version compares it, as a text, with that of the VM. */
  readonly macAddress: string;
}

/** The list that a VM wants, and what is not in it. */
export interface WantedList {
  readonly items: readonly ListedNic[];
  /** Annotations that say which addresses in it the VM asks for. */
  readonly staticAddresses: Readonly<Record<string, string>>;
  readonly problems: readonly VmProblem[];
}

/** The readable items of the list, whichever of its two names it has. */
export function listedNicsOf(vmnetcfg: KubeObject): readonly ListedNic[] {
  const { namespace = "" } = vmnetcfg.metadata;
  return rawListOf(vmnetcfg).flatMap((item) => listedNicOf(item, namespace) ?? []);
}

/** Whether the list is as wanted, however its networks are written. */
export function isListed(vmnetcfg: KubeObject, items: readonly ListedNic[]): boolean {
  return rawListOf(vmnetcfg).length === items.length && isJsonEqual(listedNicsOf(vmnetcfg), items);
}

function rawListOf({ spec }: KubeObject): readonly unknown[] {
  const { networkConfig, networkConfigs } = objectOf(spec);
  return [networkConfig, networkConfigs].filter(Array.isArray).flat();
}

function listedNicOf(item: unknown, namespace: string): ListedNic | undefined {
  const fields = objectOf(item);
  const { networkName, macAddress } = fields;
  if (typeof networkName !== "string" || typeof macAddress !== "string") return undefined;
  if (parseMacAddress(macAddress) === undefined) return undefined;
  return { ...fields, networkName: networkNameOf(networkName, namespace), macAddress };
}

/**
 * The list that a VM wants, in the order of the names of its network interfaces.
 *
 * What others wrote into an item stays with its interface. An interface whose MAC address is not known keeps
 * the item that it has: on some clusters a VM that is switched off has no MAC address, and must not lose its
 * IP address for that. When there are too many, those that are listed stay.
 *
 * @param vmnetcfg The object as it is; `undefined` before there is one.
 */
export function wantedListOf(
  wishes: Pick<VmNics, "nics" | "skipped">,
  vmnetcfg: KubeObject | undefined,
): WantedList {
  const listed = vmnetcfg === undefined ? [] : listedNicsOf(vmnetcfg);
  const fromVm = new Set<unknown>(Object.values(staticAddressesOn(vmnetcfg?.metadata)));
  const places = placesOf(wishes, listed);
  const chosen = new Set(
    places.toSorted((a, b) => Number(b.items.length > 0) - Number(a.items.length > 0))
      .slice(0, LISTED_NICS_MAX),
  );
  const served = places.filter((place) => chosen.has(place));
  const missed = places.filter((place) => !chosen.has(place)).map(({ nic }) => nic.name);
  const waiting = served.filter(({ nic, items }) => nic.mac === undefined && items.length === 0);
  return {
    items: served.flatMap((place) => wantedItemsOf(place, fromVm)).slice(0, LISTED_NICS_MAX),
    staticAddresses: Object.fromEntries(
      served.filter(({ nic }) => nic.ipAddress !== undefined)
        .map(({ nic }) => [STATIC_IP_ANNOTATION_PREFIX + nic.name, nic.ipAddress!]),
    ),
    problems: [
      ...(missed.length === 0 ? [] : [tooManyProblemOf(missed)]),
      ...waiting.map(({ nic }) => noMacProblemOf(nic.name)),
    ],
  };
}

/** The annotations by which an object remembers the addresses that its VM asks for. */
function staticAddressesOn(
  metadata: ObjectMeta | undefined,
): Readonly<Record<string, string>> {
  const entries = Object.entries(metadata?.annotations ?? {});
  return Object.fromEntries(entries.filter(([key]) => key.startsWith(STATIC_IP_ANNOTATION_PREFIX)));
}

/** An interface, and the items of the list that are its own. */
interface Place {
  readonly nic: VmNic;
  readonly items: readonly ListedNic[];
}

function placesOf(
  { nics, skipped }: Pick<VmNics, "nics" | "skipped">,
  listed: readonly ListedNic[],
): readonly Place[] {
  const own = ownItemsOf(nics, listed);
  const taken = new Set(own.values());
  const others = listed.filter((item) =>
    !taken.has(item) && !skipped.some((nic) => isItemOf(item, nic))
  );
  return nics.map((nic) => {
    const item = own.get(nic);
    if (item !== undefined) return { nic, items: [item] };
    const peers = nics.filter((peer) => peer.network === nic.network && !own.has(peer));
    const left = others.filter(({ networkName }) => networkName === nic.network);
    return { nic, items: shareOf(nic, peers, left) };
  });
}

/**
 * The items that are left on a network belong to interfaces whose MAC address changed, is not known, or that
 * are gone. With as many interfaces as items, each has its own; else those of unknown MAC keep all.
 *
 * @param peers All interfaces on the network without an item of their own.
 */
function shareOf(
  nic: VmNic,
  peers: readonly VmNic[],
  left: readonly ListedNic[],
): readonly ListedNic[] {
  if (peers.length === left.length) return [left[peers.indexOf(nic)]!];
  if (nic.mac !== undefined) return [];
  const unknown = peers.filter(({ mac }) => mac === undefined);
  const i = unknown.indexOf(nic);
  return i === unknown.length - 1 ? left.slice(i) : left.slice(i, i + 1);
}

function wantedItemsOf(
  { nic, items }: Place,
  fromVm: ReadonlySet<unknown>,
): readonly ListedNic[] {
  const { network: networkName, mac, ipAddress: wanted } = nic;
  if (items.length === 0) {
    if (mac === undefined) return [];
    return [{ networkName, macAddress: mac, ...defined({ ipAddress: wanted }) }];
  }
  return items.map(({ ipAddress, ...item }, i) => {
    // What the VM no longer asks for goes; what a person wrote here stays.
    const kept = fromVm.has(ipAddress) ? undefined : ipAddress;
    const next = (i === 0 ? wanted : undefined) ?? kept;
    return {
      ...item,
      networkName,
      macAddress: mac ?? item.macAddress,
      ...defined({ ipAddress: next }),
    };
  });
}

function tooManyProblemOf(names: readonly string[]): VmProblem {
  const message = `network interfaces beyond the first ${LISTED_NICS_MAX} get no address: ` +
    `${joinSome(names, ", ")}; name those that need none in annotation ${SKIP_NICS_ANNOTATION}`;
  return { reason: "TooManyNICs", message };
}

function noMacProblemOf(name: string): VmProblem {
  const message =
    `network interface ${name} gets no address before its MAC address is known: set its ` +
    `macAddress in the VM, or annotation ${MAC_ADDRESS_ANNOTATION}, or start the VM`;
  return { reason: "NoMACAddress", message };
}
