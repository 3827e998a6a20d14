/** The VM that a VirtualMachineNetworkConfig belongs to: its users look for news there. */

import type { KubeObject } from "../../api/meta.ts";

/** The owner as far as its link names it; `undefined` when no VM owns the object. */
export function ownerVmOf({ metadata }: KubeObject): KubeObject | undefined {
  const owner = metadata.ownerReferences?.find(({ apiVersion, kind }) =>
    kind === "VirtualMachine" && apiVersion.startsWith("kubevirt.io/")
  );
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const { namespace } = metadata;
  return { apiVersion, kind, metadata: { name, uid, ...(namespace && { namespace }) } };
}
