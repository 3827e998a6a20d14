/** Which pools a change of an agent's object, of a pool or of a network concerns. */

import { isJsonEqual } from "../../base/json.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { Observed } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import { poolOfAgent } from "../../reconcile/agent_deployment/agent_names.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import type { Change } from "../runtime/fresh_cache.ts";

/** The pool that the object is for, and another one whose agents would be called the same. */
export function poolsAfterAgentObject(
  { before, after, isOwnWrite }: Change<unknown>,
  poolsCalled: (agentName: string) => readonly string[],
): readonly string[] {
  if (isOwnWrite) return [];
  return [before, after].flatMap((each) => {
    if (each === undefined) return [];
    const { metadata } = each.object;
    const pool = poolOfAgent(metadata);
    return [...(pool === undefined ? [] : [pool]), ...poolsCalled(metadata.name)];
  });
}

/** The pool that a pod is for. */
export function poolsAfterPod({ before, after }: Change<unknown>): readonly string[] {
  return [before, after].flatMap((each) => each && poolOfAgent(each.object.metadata) || []);
}

/** A pool concerns its agents unless only its record has changed; one that is about to go, always. */
export function poolsAfterPool({ key, before, after }: Change<IPPool>): readonly string[] {
  if (before === undefined || after?.object.metadata.deletionTimestamp !== undefined) return [key];
  return isJsonEqual(agentWishOf(before), after && agentWishOf(after)) ? [] : [key];
}

function agentWishOf({ object }: Observed<IPPool>) {
  const { uid, generation, annotations = {}, finalizers = [] } = object.metadata;
  const { agentPodRef } = objectOf(object.status);
  return { uid, generation, annotations, finalizers, agentPodRef };
}

/** Whether a network is another one to the agents on it. */
export function isOtherNetwork(
  { before, after }: Change<NetworkAttachmentDefinition>,
): boolean {
  return !isJsonEqual(
    before?.object.metadata.labels ?? before,
    after?.object.metadata.labels ?? after,
  );
}
