/** Objects of built-in kinds that are kept as they are, to be compared with what they should be. */

import type { KubeObject, Parsed, ResourceType } from "../meta.ts";
import { parseObject } from "../object_meta.ts";

/** Makes the parser of such a kind: only the metadata is judged, and the rest stays as it is. */
export function wholeObjectParser(type: ResourceType): (raw: unknown) => Parsed<KubeObject> {
  return (raw) =>
    parseObject(raw, type, (root, metadata) => ({
      ...root.object,
      apiVersion: root.string("apiVersion"),
      kind: root.string("kind"),
      metadata,
    }));
}

/** What is kept of an object whose contents are of no concern, such as a Secret. */
export function extractNames({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}
