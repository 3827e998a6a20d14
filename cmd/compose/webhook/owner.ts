/** What everything that a webhook makes goes with. */

import type { OwnerReference } from "../../../lib/api/meta.ts";
import { apiVersionOf, CLUSTER_ROLES } from "../../../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";

/**
 * The ClusterRole of the webhook's name, if there is one: what installs it takes it away again, and what
 * the webhook has made goes with it. With nobody to answer, its configurations would refuse each change of
 * a pool.
 */
export async function readOwner(
  client: Pick<KubeClient, "get">,
  name: string,
  signal: AbortSignal,
): Promise<OwnerReference | undefined> {
  try {
    const { metadata: { uid, deletionTimestamp } } = await client.get(
      CLUSTER_ROLES,
      { namespace: "", name },
      signal,
    );
    if (uid === undefined || deletionTimestamp !== undefined) return undefined;
    return { apiVersion: apiVersionOf(CLUSTER_ROLES), kind: CLUSTER_ROLES.kind, name, uid };
  } catch (error) {
    if (isStatus(error, 403, 404)) return undefined;
    throw error;
  }
}

/** The owners of an object, this one among them. */
export function ownersWith(
  owner: OwnerReference | undefined,
  owners: readonly OwnerReference[] = [],
): readonly OwnerReference[] {
  const isThere = owner === undefined || owners.some(({ uid }) => uid === owner.uid);
  return isThere ? owners : [...owners, owner];
}
