/** NetworkAttachmentDefinition: a VM network, declared by Multus' kind. */

import { defined, isJsonObject, parseJson } from "../base/json.ts";
import type { Cidr } from "../net/cidr.ts";
import type { Ipv4Address } from "../net/ipv4_address.ts";
import { FieldErrors } from "./field_errors.ts";
import { FieldReader, showValue } from "./field_reader.ts";
import type { KubeObject, ObjectMeta, Parsed } from "./meta.ts";
import { parseObject } from "./object_meta.ts";
import { NETWORK_ATTACHMENT_DEFINITIONS } from "./resources.ts";
import { IPV4_ADDRESS, IPV4_PREFIX } from "./text_rules.ts";

/** In which Harvester keeps the layer 3 of a VM network, as JSON. */
export const ROUTE_ANNOTATION = "network.harvesterhci.io/route";

/** What kind of network it is, in Harvester's words. */
export const NETWORK_TYPE_LABEL = "network.harvesterhci.io/type";

/** The cluster network that it is on. */
export const CLUSTER_NETWORK_LABEL = "network.harvesterhci.io/clusternetwork";

/** The host interface on which standalone answers for a network. */
export const INTERFACE_ANNOTATION = "network.harvesterhci.io/interface";

// IFNAMSIZ is 16 with the terminating NUL; the kernel refuses "/", ":" and white space.
const INTERFACE = /^[^\s/:=]{1,15}$/;

/** Whether a network interface of Linux can have this name. */
export function isInterfaceName(text: string): boolean {
  return INTERFACE.test(text) && text !== "." && text !== "..";
}

/** What a network is for when it is not one for VMs in one subnet. */
export type NetworkPurpose = "overlay" | "storage" | "trunk";

/** Harvester's storage networks; VMs are not on them. */
const STORAGE_PREFIXES = ["storagenetwork-", "rwx-network-"] as const;

const PURPOSES: Readonly<Record<string, NetworkPurpose>> = {
  OverlayNetwork: "overlay",
  L2VlanTrunkNetwork: "trunk",
};

/** What this program needs of a VM network: its name, labels and annotations. */
export interface NetworkAttachmentDefinition extends KubeObject {
  readonly metadata: ObjectMeta;
}

/**
 * Parses a NetworkAttachmentDefinition. Its `spec` is for CNI plugins and left alone.
 *
 * @param raw JSON of any shape.
 */
export function parseNetworkAttachmentDefinition(
  raw: unknown,
): Parsed<NetworkAttachmentDefinition> {
  return parseObject(raw, NETWORK_ATTACHMENT_DEFINITIONS, (_root, metadata) => ({
    apiVersion: "k8s.cni.cncf.io/v1",
    kind: NETWORK_ATTACHMENT_DEFINITIONS.kind,
    metadata,
  }));
}

/** What a network is for; `undefined` for one whose VMs are in one subnet. */
export function networkPurposeOf(
  { metadata: { name, labels } }: NetworkAttachmentDefinition,
): NetworkPurpose | undefined {
  if (STORAGE_PREFIXES.some((prefix) => name.startsWith(prefix))) return "storage";
  const type = labels?.[NETWORK_TYPE_LABEL] ?? "";
  return Object.hasOwn(PURPOSES, type) ? PURPOSES[type] : undefined;
}

/** The layer 3 of a VM network. */
export interface NetworkRoute {
  /** Whether Harvester asked a DHCP server of the network for it. */
  readonly isAutomatic: boolean;
  readonly cidr: Cidr;
  readonly gateway?: Ipv4Address;
  /** The DHCP server that answered, as it is written. */
  readonly serverIp?: string;
}

/**
 * Reads the route annotation.
 *
 * @returns `undefined` when there is none, or an empty one.
 */
export function networkRouteOf(
  { metadata }: NetworkAttachmentDefinition,
): Parsed<NetworkRoute> | undefined {
  const text = metadata.annotations?.[ROUTE_ANNOTATION] ?? "";
  if (text === "") return undefined;
  const value = parseJson(text);
  const errors = new FieldErrors();
  if (value === undefined) errors.add(ROUTE_ANNOTATION, `must be JSON, not ${showValue(text)}`);
  const route = FieldReader.of(withoutEmpty(value), ROUTE_ANNOTATION, errors);
  const mode = route.optionalString("mode");
  const parts = {
    cidr: route.parsed("cidr", IPV4_PREFIX),
    ...defined({
      gateway: route.optionalParsed("gateway", IPV4_ADDRESS),
      serverIp: route.optionalString("serverIPAddr"),
    }),
  };
  if (errors.list.length > 0) return { ok: false, errors: errors.list };
  return { ok: true, value: { isAutomatic: mode === "auto", ...parts } };
}

/** Harvester leaves a field that is not known empty. */
function withoutEmpty(value: unknown): unknown {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== "" && field !== null),
  );
}
