/** The pool of a VM network as its route has it. */

import { defined, type JsonObject } from "../../base/json.ts";
import type { KubeObject, NamespacedName } from "../../api/meta.ts";
import { formatNamespacedName } from "../../api/meta.ts";
import { type NetworkRoute, ROUTE_ANNOTATION } from "../../api/network_attachment_definition.ts";
import { apiVersionOf, IPPOOLS } from "../../api/resources.ts";
import { checkAddresses } from "../../ipam/address_range.ts";
import { defaultAddressesOf } from "../../ipam/default_addresses.ts";
import { formatCidr } from "../../net/cidr.ts";
import { formatIpv4Address } from "../../net/ipv4_address.ts";
import { AUTO_IPPOOL, LABEL_VALUE_LENGTH_MAX, NETWORK_LABEL } from "../names.ts";
import { objectOf } from "../raw_fields.ts";
import type { AutoIPPoolCause } from "./wish.ts";

/** Longest `spec.networkName`. */
const NETWORK_NAME_LENGTH_MAX = 64;

/** A pool to be made, or why there cannot be one. */
export type MadePool =
  | { readonly ok: true; readonly object: KubeObject }
  | { readonly ok: false; readonly problem: string };

/** Makes the pool of a network. */
export function makeAutoIPPool(
  network: NamespacedName,
  { cause, route }: { readonly cause: AutoIPPoolCause; readonly route: NetworkRoute },
): MadePool {
  const { cidr, gateway: router } = route;
  const at = `annotation ${ROUTE_ANNOTATION}:`;
  const addresses = defaultAddressesOf({ cidr, router });
  if (addresses === undefined) {
    return { ok: false, problem: `${at} cidr ${formatCidr(cidr)} has no address left for a VM` };
  }
  const settings = { cidr, exclude: [], ...addresses, ...defined({ router }) };
  const faults = checkAddresses(settings).map(({ message }) => message);
  if (faults.length > 0) return { ok: false, problem: `${at} ${[...new Set(faults)].join("; ")}` };
  const networkName = networkNameWithin(network);
  if (networkName === undefined) {
    const problem = `its name is longer than ${NETWORK_NAME_LENGTH_MAX} characters`;
    return { ok: false, problem };
  }
  const { name } = network;
  const named = name.length <= LABEL_VALUE_LENGTH_MAX ? { [NETWORK_LABEL]: name } : {};
  const ipv4Config = {
    serverIP: formatIpv4Address(addresses.serverIp),
    cidr: formatCidr(cidr),
    pool: { start: formatIpv4Address(addresses.start), end: formatIpv4Address(addresses.end) },
    ...(router === undefined ? {} : { router: formatIpv4Address(router) }),
  };
  return {
    ok: true,
    object: {
      apiVersion: apiVersionOf(IPPOOLS),
      kind: IPPOOLS.kind,
      metadata: { ...network, labels: { [AUTO_IPPOOL]: cause, ...named } },
      spec: { networkName, ipv4Config },
    },
  };
}

/** Whether the specification has nothing but what {@link makeAutoIPPool} writes. */
export function isAsMade({ spec }: KubeObject): boolean {
  const { networkName: _, ipv4Config, ...rest } = objectOf(spec);
  const { serverIP: _s, cidr: _c, router: _r, pool, ...options } = objectOf(ipv4Config);
  const { start: _start, end: _end, ...exclude } = objectOf(pool);
  return [rest, options, exclude].every((fields: JsonObject) => Object.keys(fields).length === 0);
}

/** A bare name is looked up in the namespace of the pool, which is that of the network. */
function networkNameWithin(network: NamespacedName): string | undefined {
  return [formatNamespacedName(network), network.name].find((name) =>
    name.length <= NETWORK_NAME_LENGTH_MAX
  );
}
