/** Plans the labels by which a VM network names the pool that serves it. */

import { formatNamespacedName } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { PoolView } from "../ippool/pool_view.ts";
import { IPPOOL_NAME_LABEL, IPPOOL_NAMESPACE_LABEL, LABEL_VALUE_LENGTH_MAX } from "../names.ts";

/** Labels to set, `null` to take one away. */
export type LabelPatch = Readonly<Record<string, string | null>>;

/**
 * Names the pool that serves the network.
 *
 * @returns `undefined` when the labels are as they should be.
 */
export function planNetworkLabels(
  nad: NetworkAttachmentDefinition,
  active: PoolView,
): LabelPatch | undefined {
  if (isLeaving(nad) || isNamed(active, nad)) return undefined;
  const { namespace = "", name } = active.object.metadata;
  // A longer name is not a label value; the pool works without the labels.
  if (name.length > LABEL_VALUE_LENGTH_MAX) return undefined;
  return { [IPPOOL_NAMESPACE_LABEL]: namespace, [IPPOOL_NAME_LABEL]: name };
}

/** Takes away the labels that name a pool which is about to go; labels of other pools stay. */
export function planNoNetworkLabels(
  nad: NetworkAttachmentDefinition,
  pool: PoolView,
): LabelPatch | undefined {
  if (isLeaving(nad) || !isNamed(pool, nad)) return undefined;
  return { [IPPOOL_NAMESPACE_LABEL]: null, [IPPOOL_NAME_LABEL]: null };
}

/**
 * Takes away labels that name a pool which is gone: it went while its name was on the way, or somebody
 * let it go by hand.
 *
 * @param isThere Whether there is a pool of this key.
 */
export function planNoStaleLabels(
  nad: NetworkAttachmentDefinition,
  isThere: (pool: string) => boolean,
): LabelPatch | undefined {
  const { labels = {} } = nad.metadata;
  const [namespace, name] = [labels[IPPOOL_NAMESPACE_LABEL], labels[IPPOOL_NAME_LABEL]];
  if (isLeaving(nad) || namespace === undefined || name === undefined) return undefined;
  if (isThere(formatNamespacedName({ namespace, name }))) return undefined;
  return { [IPPOOL_NAMESPACE_LABEL]: null, [IPPOOL_NAME_LABEL]: null };
}

function isLeaving({ metadata }: NetworkAttachmentDefinition): boolean {
  return metadata.deletionTimestamp !== undefined;
}

function isNamed({ object }: PoolView, { metadata }: NetworkAttachmentDefinition): boolean {
  const { namespace = "", name } = object.metadata;
  return metadata.labels?.[IPPOOL_NAMESPACE_LABEL] === namespace &&
    metadata.labels[IPPOOL_NAME_LABEL] === name;
}
