/** What users and KubeVirt do to virtual machines. */

import { isJsonObject, type JsonObject, objectAt, valueAt } from "../../../lib/base/json.ts";
import type { KubeObject } from "../../../lib/api/meta.ts";
import {
  apiVersionOf,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINES,
} from "../../../lib/api/resources.ts";
import {
  MAC_ADDRESS_ANNOTATION,
  SKIP_NICS_ANNOTATION,
  STATIC_IP_ANNOTATION_PREFIX,
} from "../../../lib/reconcile/names.ts";
import type { Action } from "./actions.ts";
import type { User } from "./user.ts";

/** A network interface of a VM, and where its MAC address stands. */
interface VmInterface {
  readonly name: string;
  readonly networkName: string;
  readonly macAddress: string;
  readonly at: "spec" | "annotation" | "instance";
}

const NIC_NAMES = ["default", "nic-1", "nic-2"];

function interfaceOf(user: User, name: string): VmInterface {
  const networkName = user.networkName(user.networkNumber());
  return {
    name,
    // A bare name means the namespace of the VM.
    networkName: user.sometimes(0.2) ? networkName.split("/")[1]! : networkName,
    macAddress: user.mac(),
    at: user.pick(["spec", "spec", "annotation", "instance"] as const)!,
  };
}

/** The parts of a VM that its interfaces are written in. */
function vmParts(nics: readonly VmInterface[]): {
  readonly spec: JsonObject;
  readonly annotations: Record<string, string>;
} {
  const annotated = nics.filter(({ at }) => at === "annotation");
  const macs = Object.fromEntries(annotated.map(({ name, macAddress }) => [name, macAddress]));
  const interfaces = nics.map(({ name, macAddress, at }) => ({
    name,
    bridge: {},
    ...(at === "spec" ? { macAddress } : {}),
  }));
  const networks = nics.map(({ name, networkName }) => ({ name, multus: { networkName } }));
  return {
    spec: { template: { spec: { domain: { devices: { interfaces } }, networks } } },
    annotations: annotated.length === 0 ? {} : { [MAC_ADDRESS_ANNOTATION]: JSON.stringify(macs) },
  };
}

function createVm(user: User, name: string, nics: readonly VmInterface[]): boolean {
  const { spec, annotations } = vmParts(nics);
  const namespace = user.namespace();
  const metadata = { name, namespace, annotations };
  const isMade = user.create(VIRTUAL_MACHINES, { metadata, spec });
  if (isMade && user.sometimes(0.7)) user.later(2000, () => startVm(user, { namespace, name }));
  return isMade;
}

/** KubeVirt starts a VM: its instance has a MAC address for each interface. */
function startVm(
  user: User,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): void {
  const vm = user.world.api.find(VIRTUAL_MACHINES, `${namespace}/${name}`);
  if (vm === undefined || vm.metadata.deletionTimestamp !== undefined) return;
  const list = valueAt(vm, "spec.template.spec.domain.devices.interfaces");
  const nics = (Array.isArray(list) ? list : []).filter(isJsonObject);
  const owner = {
    apiVersion: apiVersionOf(VIRTUAL_MACHINES),
    kind: VIRTUAL_MACHINES.kind,
    name,
    uid: vm.metadata.uid ?? "",
  };
  const macOf = (nic: JsonObject, index: number) =>
    nic["macAddress"] ?? `52:54:00:00:01:0${index + (name.charCodeAt(3) % 5)}`;
  user.create(VIRTUAL_MACHINE_INSTANCES, {
    metadata: { namespace, name, ownerReferences: [owner] },
    spec: {
      domain: {
        devices: {
          interfaces: nics.map((nic, index) => ({
            name: nic["name"],
            macAddress: macOf(nic, index),
          })),
        },
      },
    },
  });
}

function stopVm(user: User, vm: KubeObject): void {
  const { namespace, name } = vm.metadata;
  const instance = user.world.api.find(VIRTUAL_MACHINE_INSTANCES, `${namespace}/${name}`);
  if (instance !== undefined) user.delete(VIRTUAL_MACHINE_INSTANCES, instance);
}

function vms(user: User): readonly KubeObject[] {
  return user.world.api.list(VIRTUAL_MACHINES);
}

function withVm(user: User, run: (vm: KubeObject) => void): void {
  const vm = user.pick(vms(user));
  if (vm !== undefined) run(vm);
}

/** Creates a VM like another one, as a clone, a restore or a rename does. */
function createLike(user: User, { spec, metadata }: KubeObject, name: string): boolean {
  const { namespace, annotations } = metadata;
  return user.create(VIRTUAL_MACHINES, {
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(annotations === undefined ? {} : { annotations }),
    },
    spec,
  });
}

function annotate(user: User, key: string, value: string | null): void {
  withVm(
    user,
    (vm) => user.patch(VIRTUAL_MACHINES, vm, { metadata: { annotations: { [key]: value } } }),
  );
}

/** Writes other interfaces into a VM. */
function replaceNics(user: User, vm: KubeObject, nics: readonly VmInterface[]): void {
  const { spec, annotations } = vmParts(nics);
  const macs = annotations[MAC_ADDRESS_ANNOTATION] ?? null;
  user.patch(VIRTUAL_MACHINES, vm, {
    metadata: { annotations: { [MAC_ADDRESS_ANNOTATION]: macs } },
    spec,
  });
}

function someNics(user: User): readonly VmInterface[] {
  const count = user.sometimes(0.7) ? 1 : 1 + user.upTo(3);
  return NIC_NAMES.slice(0, count).map((name) => interfaceOf(user, name));
}

export const VM_ACTIONS: readonly Action[] = [
  {
    name: "create a VM",
    weight: 8,
    run: (user) => void createVm(user, user.vmName(), someNics(user)),
  },
  {
    name: "delete a VM",
    weight: 3,
    run: (user) =>
      withVm(user, (vm) => {
        stopVm(user, vm);
        user.delete(VIRTUAL_MACHINES, vm);
      }),
  },
  {
    name: "delete a VM, which takes a while",
    weight: 1,
    run: (user) =>
      withVm(user, (vm) => {
        const { uid, namespace, name } = vm.metadata;
        user.patch(VIRTUAL_MACHINES, vm, { metadata: { finalizers: ["kubevirt.io/keep"] } });
        user.delete(VIRTUAL_MACHINES, vm);
        user.later(5000, () => {
          const now = user.world.api.find(VIRTUAL_MACHINES, `${namespace}/${name}`);
          if (now?.metadata.uid !== uid || now === undefined) return;
          stopVm(user, now);
          user.patch(VIRTUAL_MACHINES, now, { metadata: { finalizers: null } });
        });
      }),
  },
  {
    name: "delete a VM and restore it at once",
    weight: 2,
    run: (user) =>
      withVm(user, (vm) => {
        stopVm(user, vm);
        if (user.delete(VIRTUAL_MACHINES, vm)) createLike(user, vm, vm.metadata.name);
      }),
  },
  {
    name: "rename a VM",
    weight: 1,
    run: (user) =>
      withVm(user, (vm) => {
        stopVm(user, vm);
        if (user.delete(VIRTUAL_MACHINES, vm)) createLike(user, vm, user.vmName());
      }),
  },
  {
    name: "clone a VM",
    weight: 1,
    run: (user) => withVm(user, (vm) => void createLike(user, vm, user.vmName())),
  },
  {
    name: "restart a VM",
    weight: 2,
    run: (user) =>
      withVm(user, (vm) => {
        stopVm(user, vm);
        const { namespace = "", name } = vm.metadata;
        user.later(3000, () => startVm(user, { namespace, name }));
      }),
  },
  {
    name: "change the network interfaces of a VM",
    weight: 2,
    run: (user) => withVm(user, (vm) => replaceNics(user, vm, someNics(user))),
  },
  {
    name: "remove all network interfaces of a VM",
    weight: 0.5,
    run: (user) => withVm(user, (vm) => replaceNics(user, vm, [])),
  },
  {
    name: "ask for a static address of a VM",
    weight: 2,
    run(user) {
      const nic = user.pick(NIC_NAMES.slice(0, 2))!;
      const address = user.sometimes(0.9) ? user.anyAddress(user.networkNumber()) : "bogus";
      annotate(user, STATIC_IP_ANNOTATION_PREFIX + nic, address);
    },
  },
  {
    name: "ask for no static address any more",
    weight: 1,
    run: (user) => annotate(user, STATIC_IP_ANNOTATION_PREFIX + user.pick(NIC_NAMES), null),
  },
  {
    name: "take a network interface out of the service",
    weight: 0.7,
    run: (user) =>
      annotate(user, SKIP_NICS_ANNOTATION, user.pick([null, "default", "nic-1", "nic-1,nic-2"])!),
  },
  {
    name: "write nonsense into an annotation of a VM",
    weight: 0.4,
    run: (user) => annotate(user, MAC_ADDRESS_ANNOTATION, user.pick(["{", "[]", '{"default":7}'])!),
  },
  {
    name: "make a VM unreadable or readable",
    weight: 0.4,
    run: (user) =>
      withVm(user, (vm) => {
        const networks = objectAt(objectAt(objectAt(vm, "spec"), "template"), "spec")["networks"];
        if (!Array.isArray(networks)) return replaceNics(user, vm, someNics(user));
        user.patch(VIRTUAL_MACHINES, vm, { spec: { template: { spec: { networks: "none" } } } });
      }),
  },
];
