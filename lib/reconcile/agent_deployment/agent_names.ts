/** Names, labels and annotations of the objects of agents, and the pool that an object was made for. */

import { createHash } from "node:crypto";
import { formatNamespacedName, type NamespacedName, type ObjectMeta } from "../../api/meta.ts";
import { IPPOOL_NAME_LABEL, IPPOOL_NAMESPACE_LABEL, LABEL_VALUE_LENGTH_MAX } from "../names.ts";

/** Label of everything that is made for agents, in the Go version as here. */
export const AGENT_LABEL = "network.harvesterhci.io/vm-dhcp-controller";
/** Value of {@link AGENT_LABEL}. */
export const AGENT_LABEL_VALUE = "agent";

/** Selects the objects of all agents. */
export const AGENT_SELECTOR = `${AGENT_LABEL}=${AGENT_LABEL_VALUE}`;

/** Annotation of everything that is made for the agents of a pool: `namespace/name` of the pool, in full. */
export const IPPOOL_ANNOTATION = "network.harvesterhci.io/ippool";

/** Annotation of a pool: how many agents it is to have. */
export const AGENT_REPLICAS_ANNOTATION = "network.harvesterhci.io/agent-replicas";

/** Annotation of a pool whose agents keep the image that they have, whatever its value. */
export const HOLD_UPGRADE_ANNOTATION = "network.harvesterhci.io/hold-ippool-agent-upgrade";

/** The container that is the agent. */
export const AGENT_CONTAINER = "agent";

/** Longest `namespace-name` that has room for the suffix in the name of an object. */
const FULL_NAME_LENGTH_MAX = 57;
const SUFFIX = "-agent";

/** How much of a pool's name stands in a label when it has no room there. */
const LABEL_STEM_LENGTH = 52;
const LABEL_HASH_LENGTH = 10;

/**
 * The name of a pool's Deployment and of what belongs to it. The rule is that of the Go version, whose
 * agents are found again by it.
 */
export function agentNameOf({ namespace, name }: NamespacedName): string {
  const full = `${namespace}-${name}`;
  if (full.length <= FULL_NAME_LENGTH_MAX) return full + SUFFIX;
  const hash = sha256(full);
  return /[a-z0-9]/.test(full.charAt(50))
    ? `${full.slice(0, 51)}-${hash.slice(0, 5)}${SUFFIX}`
    : `${full.slice(0, 50)}-${hash.slice(0, 6)}${SUFFIX}`;
}

/** The name of the Secret by which the controller reads what the agents of a pool report. */
export function reportSecretNameOf(pool: NamespacedName): string {
  return `${agentNameOf(pool)}-report`;
}

/** The labels of everything that is made for the agents of a pool. */
export function agentLabelsOf({ namespace, name }: NamespacedName): Record<string, string> {
  return {
    [AGENT_LABEL]: AGENT_LABEL_VALUE,
    [IPPOOL_NAMESPACE_LABEL]: labelValueOf(namespace),
    [IPPOOL_NAME_LABEL]: labelValueOf(name),
  };
}

/** The name as the value of a label: a longer one is cut and gets a hash, so that no two are the same. */
export function labelValueOf(name: string): string {
  if (name.length <= LABEL_VALUE_LENGTH_MAX) return name;
  const stem = name.slice(0, LABEL_STEM_LENGTH).replace(/[^a-z0-9]+$/i, "");
  return `${stem}-${sha256(name).slice(0, LABEL_HASH_LENGTH)}`;
}

/**
 * The pool that an object was made for, as `namespace/name`; `undefined` for an object that no agent needs.
 *
 * @param metadata Of an object of ours, or of a pod of the Go version, which has the labels only.
 */
export function poolOfAgent({ labels = {}, annotations = {} }: ObjectMeta): string | undefined {
  const [namespace, name] = [labels[IPPOOL_NAMESPACE_LABEL], labels[IPPOOL_NAME_LABEL]];
  const annotated = annotations[IPPOOL_ANNOTATION];
  if (annotated !== undefined) return annotated;
  if (labels[AGENT_LABEL] !== AGENT_LABEL_VALUE) return undefined;
  return namespace && name ? formatNamespacedName({ namespace, name }) : undefined;
}

/** SHA-256 of a text, in hexadecimal digits. */
export function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
