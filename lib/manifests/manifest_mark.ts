/** The label of objects that were made from manifests, by which those whose manifest is gone are found. */

import { NAMESPACES } from "../api/resources.ts";
import { isStatus, type KubeClient } from "../kube/contract.ts";
import type { ManifestObject } from "./manifest_documents.ts";

const LABEL = "network.harvesterhci.io/from-manifests";

/** The first namespace of a record is as old as the record. */
const FIRST_NAMESPACE = { namespace: "", name: "default" };

/**
 * The value of the label in this record. An object that was copied from another record has another
 * one: here, no manifest has made it.
 *
 * @returns `undefined` when there is nothing to tell this record from others.
 */
export async function markOf(client: KubeClient): Promise<string | undefined> {
  try {
    return (await client.get(NAMESPACES, FIRST_NAMESPACE)).metadata.uid;
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

/** Selects the objects that have the mark. */
export function selectorOf(mark: string): string {
  return `${LABEL}=${mark}`;
}

/** The object with the mark. Namespaces have none: what else is in them would go with them. */
export function marked(manifest: ManifestObject, mark: string | undefined): ManifestObject {
  if (mark === undefined || manifest.type === NAMESPACES) return manifest;
  const { object } = manifest;
  const labels = { ...object.metadata.labels, [LABEL]: mark };
  return { ...manifest, object: { ...object, metadata: { ...object.metadata, labels } } };
}
