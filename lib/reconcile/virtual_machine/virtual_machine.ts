/**
 * Plans the VirtualMachineNetworkConfig of a VirtualMachine: the object of the same name that lists the VM's
 * network interfaces. Addresses are none of this planner's business.
 */

import type { JsonObject } from "../../base/json.ts";
import { joinSome } from "../../base/sentences.ts";
import type { Note } from "../../api/event_note.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import { apiVersionOf, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../api/resources.ts";
import type { VirtualMachine } from "../../api/virtual_machine/virtual_machine.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import {
  LABEL_VALUE_LENGTH_MAX,
  STATIC_IP_ANNOTATION_PREFIX,
  VM_NAME_LABEL,
  VM_PROBLEMS_ANNOTATION,
  VMNETCFG_FINALIZER,
} from "../names.ts";
import { objectOf } from "../raw_fields.ts";
import { isListed, listedNicsOf, type WantedList, wantedListOf } from "./listed_nics.ts";
import { isSameNic } from "./own_items.ts";
import { type RunningMacOf, vmNicsOf } from "./vm_nics.ts";
import { vmOwnerOf, vmOwnerReference } from "./vm_owner.ts";

/** Everything that the object of a VM follows from. */
export interface VirtualMachineWorld {
  /** `undefined` when there is none of this name. */
  readonly vm: Observed<VirtualMachine> | undefined;
  readonly vmnetcfg: Observed<VirtualMachineNetworkConfig> | undefined;
  readonly runningMacOf: RunningMacOf;
}

/** What has to be written, and what the owner of the VM is told. */
export interface VirtualMachinePlan {
  readonly write?:
    | { readonly kind: "create"; readonly object: KubeObject }
    /** A merge patch. */
    | { readonly kind: "patch"; readonly patch: JsonObject }
    | {
      readonly kind: "delete";
      /** The VM that has to be gone before; absent when the VM itself wants the object gone. */
      readonly goneUid?: string;
    };
  /** About the VM. */
  readonly notes: readonly Note[];
}

/** The longest name that the definition allows. */
const VM_NAME_LENGTH_MAX = 64;

const NOTHING: VirtualMachinePlan = { notes: [] };

/** Plans the object of one VM. Planning again after the plan was carried out gives nothing to write. */
export function planVirtualMachine(world: VirtualMachineWorld): VirtualMachinePlan {
  const vmnetcfg = world.vmnetcfg?.object;
  const owner = vmnetcfg && vmOwnerOf(vmnetcfg);
  const isLeaving = vmnetcfg?.metadata.deletionTimestamp !== undefined;
  if (world.vm === undefined) {
    // Without a VM, what a person made stays.
    if (owner === undefined || isLeaving) return NOTHING;
    return { write: { kind: "delete", goneUid: owner.uid }, notes: [] };
  }
  // Its guest may run until it is gone. An object that is on its way out is awaited.
  if (world.vm.object.metadata.deletionTimestamp !== undefined || isLeaving) return NOTHING;
  if (owner !== undefined && owner.uid !== world.vm.object.metadata.uid) {
    return { write: { kind: "delete", goneUid: owner.uid }, notes: [] };
  }
  return planList(world.vm, world);
}

function planList(
  { object: vm, parsed }: Observed<VirtualMachine>,
  { vmnetcfg: observed, runningMacOf }: VirtualMachineWorld,
): VirtualMachinePlan {
  const vmnetcfg = observed?.object;
  if (!parsed.ok) {
    const faults = parsed.errors.map(({ field, message }) => `${field}: ${message}`);
    const note = `network interfaces cannot be read: ${
      joinSome(faults, "; ")
    }; addresses stay as they are`;
    return { notes: [{ type: "Warning", reason: "InvalidVirtualMachine", note }] };
  }
  const wishes = vmNicsOf({ metadata: vm.metadata, vm: parsed.value }, runningMacOf);
  const list = wantedListOf(wishes, vmnetcfg);
  if (vmnetcfg !== undefined && !isOf(vm, vmnetcfg, list)) {
    return { notes: [notOwnedNoteOf(vm)] };
  }
  const problems = [...wishes.problems, ...list.problems];
  const notes = problems.map(({ reason, message }): Note => ({
    type: "Warning",
    reason,
    note: message,
  }));
  const said = problems.map(({ reason, message }) => `${reason}: ${message}`);
  const annotations = {
    ...list.staticAddresses,
    ...(said.length === 0 ? {} : { [VM_PROBLEMS_ANNOTATION]: joinSome(said, "; ") }),
  };
  if (list.items.length === 0) {
    return vmnetcfg === undefined ? { notes } : { write: { kind: "delete" }, notes };
  }
  if (vmnetcfg === undefined) {
    return { write: { kind: "create", object: newObjectOf(vm, list, annotations) }, notes };
  }
  const patch = patchOf(vm, vmnetcfg, { list, annotations });
  return patch === undefined ? { notes } : { write: { kind: "patch", patch }, notes };
}

/**
 * Whether an object belongs to a VM. One that a person made does when it says so by its label, where the name
 * can be one, and when the VM has all interfaces that it lists: then nothing in it is lost.
 */
function isOf(vm: KubeObject, vmnetcfg: KubeObject, { items }: WantedList): boolean {
  if (vmOwnerOf(vmnetcfg) !== undefined) return true;
  return Object.keys(changesOf(vmnetcfg.metadata.labels, labelsOf(vm))).length === 0 &&
    objectOf(vmnetcfg.spec).vmName === vmNameOf(vm) &&
    listedNicsOf(vmnetcfg).every((nic) => items.some((item) => isSameNic(item, nic)));
}

function notOwnedNoteOf(vm: KubeObject): Note {
  const { kind, plural, group } = VIRTUAL_MACHINE_NETWORK_CONFIGS;
  const { namespace, name } = vm.metadata;
  const labels = Object.entries(labelsOf(vm)).map(([key, value]) => `label ${key}=${value} and `);
  return {
    type: "Warning",
    reason: "NetworkConfigNotOwned",
    note: `${kind} ${keyOf(vm)} was not made for this VM and stays as it is; delete it ` +
      `(kubectl delete ${plural}.${group} -n ${namespace} ${name}), or give it ` +
      `${labels.join("")}no other network interfaces than those of the VM`,
  };
}

/** Cut where it is longer than the field may be; the name of the object is whole. */
function vmNameOf({ metadata: { name } }: KubeObject): string {
  return name.slice(0, VM_NAME_LENGTH_MAX);
}

/** None for a name that is no value of a label. */
function labelsOf({ metadata: { name } }: KubeObject): Readonly<Record<string, string>> {
  return name.length > LABEL_VALUE_LENGTH_MAX ? {} : { [VM_NAME_LABEL]: name };
}

function newObjectOf(
  vm: KubeObject,
  { items }: WantedList,
  annotations: Readonly<Record<string, string>>,
): KubeObject {
  const { namespace = "", name } = vm.metadata;
  return {
    apiVersion: apiVersionOf(VIRTUAL_MACHINE_NETWORK_CONFIGS),
    kind: VIRTUAL_MACHINE_NETWORK_CONFIGS.kind,
    metadata: {
      name,
      namespace,
      labels: labelsOf(vm),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      ownerReferences: [vmOwnerReference(vm)],
      // Else it would be written once more before it gets an address.
      finalizers: [VMNETCFG_FINALIZER],
    },
    spec: { vmName: vmNameOf(vm), networkConfigs: items },
  };
}

/** What of an object is not as it should be; `undefined` when all is. */
function patchOf(
  vm: KubeObject,
  vmnetcfg: KubeObject,
  { list, annotations }: {
    readonly list: WantedList;
    readonly annotations: Readonly<Record<string, string>>;
  },
): JsonObject | undefined {
  const { metadata } = vmnetcfg;
  const labels = changesOf(metadata.labels, labelsOf(vm));
  const stale = Object.keys(metadata.annotations ?? {})
    .filter((key) => key.startsWith(STATIC_IP_ANNOTATION_PREFIX) || key === VM_PROBLEMS_ANNOTATION)
    .filter((key) => !Object.hasOwn(annotations, key))
    .map((key) => [key, null] as const);
  const annotated = {
    ...changesOf(metadata.annotations, annotations),
    ...Object.fromEntries(stale),
  };
  const owners = vmOwnerOf(vmnetcfg) === undefined
    ? [...metadata.ownerReferences ?? [], vmOwnerReference(vm)]
    : undefined;
  const patch: Record<string, JsonObject> = {};
  const changed = {
    ...(Object.keys(labels).length === 0 ? {} : { labels }),
    ...(Object.keys(annotated).length === 0 ? {} : { annotations: annotated }),
    ...(owners === undefined ? {} : { ownerReferences: owners }),
  };
  if (Object.keys(changed).length > 0) patch["metadata"] = changed;
  if (!isListed(vmnetcfg, list.items)) {
    // One list under one name.
    const other = Object.hasOwn(objectOf(vmnetcfg.spec), "networkConfig")
      ? { networkConfig: null }
      : {};
    patch["spec"] = { ...other, networkConfigs: list.items };
  }
  return Object.keys(patch).length === 0 ? undefined : patch;
}

function changesOf(
  current: Readonly<Record<string, string>> = {},
  wanted: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(wanted).filter(([key, value]) => current[key] !== value),
  );
}
