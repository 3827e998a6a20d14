/** Which VirtualMachines a change concerns: always those of the same name. */

import { isJsonEqual } from "../../base/json.ts";
import type { Observed } from "../../api/meta.ts";
import type { VirtualMachine } from "../../api/virtual_machine/virtual_machine.ts";
import type { VirtualMachineInstance } from "../../api/virtual_machine/virtual_machine_instance.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import type { Change } from "../runtime/fresh_cache.ts";

/** A VM, unless only its status changed: KubeVirt writes that all the time. */
export function vmsAfterVm({ key, before, after }: Change<VirtualMachine>): readonly string[] {
  const isSame = isSameObject(before, after) &&
    isJsonEqual(before?.object.metadata.annotations, after?.object.metadata.annotations) &&
    isJsonEqual(before?.parsed, after?.parsed);
  return isSame ? [] : [key];
}

/**
 * What the VM's object should be, unless only its status changed. Of what this controller wrote, only the
 * making of an object is news: the VM may have gone meanwhile, when there was nothing to delete yet.
 */
export function vmsAfterVmnetcfg(
  { key, before, after, isOwnWrite }: Change<VirtualMachineNetworkConfig>,
): readonly string[] {
  if (isOwnWrite && before !== undefined) return [];
  const [was, is] = [before?.object, after?.object];
  const isSame = isSameObject(before, after) &&
    isJsonEqual(was?.metadata.labels, is?.metadata.labels) &&
    isJsonEqual(was?.metadata.annotations, is?.metadata.annotations) &&
    isJsonEqual(was?.metadata.ownerReferences, is?.metadata.ownerReferences) &&
    isJsonEqual(was?.spec, is?.spec);
  return isSame ? [] : [key];
}

/** MAC addresses that a VM has since it runs. */
export function vmsAfterInstance(
  { key, before, after }: Change<VirtualMachineInstance>,
): readonly string[] {
  return isJsonEqual(before?.parsed, after?.parsed) ? [] : [key];
}

function isSameObject(
  before: Observed<unknown> | undefined,
  after: Observed<unknown> | undefined,
): boolean {
  if (before === undefined || after === undefined) return false;
  const [was, is] = [before.object.metadata, after.object.metadata];
  return was.uid === is.uid && was.deletionTimestamp === is.deletionTimestamp;
}
