/** Which VirtualMachine a VirtualMachineNetworkConfig says it belongs to. */

import { defined } from "../../base/json.ts";
import type { KubeObject, OwnerReference } from "../../api/meta.ts";
import { apiVersionOf, VIRTUAL_MACHINES } from "../../api/resources.ts";

/** The reference to the VM of the object's own name; `undefined` for an object that a person made. */
export function vmOwnerOf({ metadata }: KubeObject): OwnerReference | undefined {
  return metadata.ownerReferences?.find(({ apiVersion, kind, name }) =>
    kind === VIRTUAL_MACHINES.kind && name === metadata.name &&
    apiVersion.startsWith(`${VIRTUAL_MACHINES.group}/`)
  );
}

/** The VM that an object says it belongs to, as far as an Event needs it; `undefined` without one. */
export function vmOf(object: KubeObject): KubeObject | undefined {
  const owner = vmOwnerOf(object);
  if (owner === undefined) return undefined;
  const { apiVersion, kind, name, uid } = owner;
  const { namespace } = object.metadata;
  return { apiVersion, kind, metadata: { name, uid, ...defined({ namespace }) } };
}

/** A reference to a VM. It blocks nothing: the VM may go before the object does. */
export function vmOwnerReference({ metadata: { name, uid = "" } }: KubeObject): OwnerReference {
  return { apiVersion: apiVersionOf(VIRTUAL_MACHINES), kind: VIRTUAL_MACHINES.kind, name, uid };
}
