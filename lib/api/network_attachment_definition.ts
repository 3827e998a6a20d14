/** NetworkAttachmentDefinition: a VM network, declared by Multus' kind. */

import type { KubeObject, ObjectMeta, Parsed } from "./meta.ts";
import { parseObject } from "./object_meta.ts";
import { NETWORK_ATTACHMENT_DEFINITIONS } from "./resources.ts";

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
