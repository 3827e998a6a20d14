/** What the pool, its network and the agents that are there decide about agents. */

import { objectAt, stringAt } from "../../base/json.ts";
import type { KubeObject, NamespacedName } from "../../api/meta.ts";
import { showValue } from "../../api/field_reader.ts";
import {
  CLUSTER_NETWORK_LABEL,
  type NetworkAttachmentDefinition,
} from "../../api/network_attachment_definition.ts";
import { objectOf } from "../raw_fields.ts";
import {
  AGENT_CONTAINER,
  AGENT_REPLICAS_ANNOTATION,
  agentNameOf,
  HOLD_UPGRADE_ANNOTATION,
} from "./agent_names.ts";
import { CLUSTER_NETWORK_ANNOTATION } from "./wish/agent_objects.ts";

/** Most agents that a pool may have. */
export const AGENT_REPLICAS_MAX = 5;

/** How many agents a pool is to have, and what is wrong with what it says. */
export interface ReplicaChoice {
  readonly replicas: number;
  readonly problem?: string;
}

/** Reads how many agents a pool is to have. An invalid value is a problem, and the default counts. */
export function replicasOf({ metadata, spec }: KubeObject, byDefault: number): ReplicaChoice {
  if (objectOf(spec).paused === true) return { replicas: 0 };
  const text: unknown = objectOf(metadata.annotations)[AGENT_REPLICAS_ANNOTATION];
  if (text === undefined) return { replicas: byDefault };
  const replicas = typeof text === "string" && /^[0-9]+$/.test(text) ? Number(text) : 0;
  if (replicas >= 1 && replicas <= AGENT_REPLICAS_MAX) return { replicas };
  const problem =
    `annotation ${AGENT_REPLICAS_ANNOTATION} of the pool must be a number from 1 to ` +
    `${AGENT_REPLICAS_MAX}, not ${showValue(text)}; it counts as ${byDefault}`;
  return { replicas: byDefault, problem };
}

/** Whether the agents of a pool keep the image that they have. */
export function isHeld({ metadata }: KubeObject): boolean {
  return Object.hasOwn(objectOf(metadata.annotations), HOLD_UPGRADE_ANNOTATION);
}

/**
 * The image that the agents of a pool have: that of their Deployment or, when somebody deleted it, that of
 * the last agent. An agent of the Go version, which is named like the Deployment, has an image that is of
 * no use here.
 */
export function currentImageOf(
  pool: NamespacedName,
  { deployment, ippool }: {
    readonly deployment: KubeObject | undefined;
    readonly ippool: KubeObject;
  },
): string | undefined {
  const template = objectAt(objectAt(deployment?.spec, "template"), "spec");
  const containers = Array.isArray(template.containers) ? template.containers : [];
  const agent = containers.find((each) => stringAt(each, "name") === AGENT_CONTAINER);
  const reference = objectAt(ippool.status, "agentPodRef");
  const last = stringAt(reference, "name") === agentNameOf(pool)
    ? ""
    : stringAt(reference, "image");
  return [stringAt(agent, "image"), last].find((image) => image !== "");
}

/** The cluster network that agents have to be on. While the network has no label, they stay where they are. */
export function clusterNetworkOf(
  nad: NetworkAttachmentDefinition | undefined,
  deployment: KubeObject | undefined,
): { readonly name: string | undefined; readonly isKnown: boolean } {
  const said = nad?.metadata.labels?.[CLUSTER_NETWORK_LABEL];
  if (said) return { name: said, isKnown: true };
  return { name: deployment?.metadata.annotations?.[CLUSTER_NETWORK_ANNOTATION], isKnown: false };
}
