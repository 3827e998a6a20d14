/** Plans a CustomResourceDefinition: ours, unless the cluster has a newer one. */

import { isJsonEqual, objectAt, stringAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";

/** The version of this program that a definition came with. The Go version writes none. */
export const VERSION_ANNOTATION = "network.harvesterhci.io/vm-dhcp-version";

/** What is to be done with a definition. */
export type DefinitionStep =
  | { readonly do: "nothing" }
  | { readonly do: "create" | "update"; readonly object: KubeObject }
  /** The cluster's is of a later version, or of one that is not understood. */
  | { readonly do: "leave"; readonly version: string };

/**
 * Plans a definition.
 *
 * @param wanted As it comes with this program.
 * @param stored As the cluster has it; `undefined` when it has none.
 */
export function planDefinition(
  wanted: KubeObject,
  stored: KubeObject | undefined,
): DefinitionStep {
  if (stored === undefined) return { do: "create", object: wanted };
  const [ours, theirs] = [wanted, stored].map(definitionVersionOf);
  if (theirs !== "" && isLater(theirs!, ours!)) return { do: "leave", version: theirs! };
  const object = broughtUpToDate(wanted, stored);
  return isJsonEqual(object, stored) ? { do: "nothing" } : { do: "update", object };
}

/** The version that a definition came with; empty for one of the Go version. */
export function definitionVersionOf({ metadata }: KubeObject): string {
  return metadata.annotations?.[VERSION_ANNOTATION] ?? "";
}

/** Whether the API server serves the kind. */
export function isEstablished(stored: KubeObject): boolean {
  const { conditions } = objectAt(stored, "status");
  return Array.isArray(conditions) &&
    conditions.some((condition) =>
      stringAt(condition, "type") === "Established" && stringAt(condition, "status") === "True"
    );
}

/** The stored definition with our versions and names. What others added to it stays. */
function broughtUpToDate(wanted: KubeObject, stored: KubeObject): KubeObject {
  const { metadata } = stored;
  const spec = objectAt(stored, "spec");
  const { names, versions } = objectAt(wanted, "spec");
  return {
    ...stored,
    metadata: {
      ...metadata,
      annotations: { ...metadata.annotations, ...wanted.metadata.annotations },
    },
    spec: { ...spec, names: { ...objectAt(spec, "names"), ...names as object }, versions },
  };
}

/** Whether one version is later than another, or not of the form MAJOR.MINOR.PATCH. */
function isLater(a: string, b: string): boolean {
  const [of, than] = [a, b].map((text) => /^(\d+)\.(\d+)\.(\d+)$/.exec(text)?.slice(1).map(Number));
  if (of === undefined || than === undefined) return true;
  const at = of.findIndex((number, i) => number !== than[i]);
  return at >= 0 && of[at]! > than[at]!;
}
