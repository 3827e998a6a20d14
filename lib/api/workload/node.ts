/** Node: of the hosts of a cluster, the addresses by which they are reached. */

import { isJsonObject, objectAt, stringAt } from "../../base/json.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import type { KubeObject, ObjectMeta, Parsed } from "../meta.ts";
import { parseObject } from "../object_meta.ts";
import { NODES } from "../resources.ts";

/** What this program needs of a node. */
export interface Node {
  readonly metadata: ObjectMeta;
  readonly addresses: readonly Ipv4Address[];
}

/** Parses a Node. Entries that are host names, or addresses of IPv6, are left out. */
export function parseNode(raw: unknown): Parsed<Node> {
  return parseObject(raw, NODES, ({ object }, metadata) => {
    const { addresses } = objectAt(object, "status");
    const entries = Array.isArray(addresses) ? addresses : [];
    const found = entries.map((entry) => parseIpv4Address(stringAt(entry, "address")));
    return { metadata, addresses: found.filter((address) => address !== undefined) };
  });
}

/** What is kept of a node: most of one is the images that it has, and it is written every few minutes. */
export function extractNode(object: KubeObject): KubeObject {
  const { apiVersion, kind, metadata: { name, uid, resourceVersion } } = object;
  const { addresses } = objectAt(object, "status");
  const meta = { name, uid, resourceVersion } as ObjectMeta;
  return {
    apiVersion,
    kind,
    metadata: meta,
    status: isJsonObject(object.status) ? { addresses } : {},
  };
}
