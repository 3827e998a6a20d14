/** Is there an object that asks for addresses for a VM, and can it be used? */

import { joinSome } from "../../base/sentences.ts";
import { keyOf, type NamespacedName, type Observed } from "../../api/meta.ts";
import type { VirtualMachine } from "../../api/virtual_machine/virtual_machine.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { conditionOf } from "../../reconcile/conditions.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { FOLLOWS_VM } from "../../reconcile/vmnetcfg/vmnetcfg_conditions.ts";
import type { Finding, Question, World } from "../contract.ts";
import { unread, well, wrong, wrongAs } from "../findings.ts";
import { findLeader } from "./leader.ts";
import { findMissing } from "../names.ts";

/** A VM by its name: what KubeVirt knows of it, and its VirtualMachineNetworkConfig. */
export interface VmSubject {
  readonly name: NamespacedName;
  readonly vm: Observed<VirtualMachine> | undefined;
  readonly vmnetcfg: Observed<VirtualMachineNetworkConfig> | undefined;
}

export const VM_QUESTIONS: readonly Question<VmSubject>[] = [
  {
    code: "VM_KNOWN",
    holds: "There is a VirtualMachineNetworkConfig or a VirtualMachine with the name.",
    needs: [],
    ask: findKnown,
  },
  {
    code: "VM_CONFIG_MADE",
    holds: "The VM has a VirtualMachineNetworkConfig.",
    needs: ["VM_KNOWN"],
    ask: findConfig,
  },
  {
    code: "VM_CONFIG_VALID",
    holds: "Its specification can be used.",
    needs: ["VM_CONFIG_MADE"],
    ask: ({ vmnetcfg }) => {
      const { parsed, object } = vmnetcfg!;
      if (parsed.ok) return well("its specification can be used");
      const faults = parsed.errors.map(({ field, message }) => `${field} ${message}`);
      return wrong(
        `the specification of ${keyOf(object)} cannot be used: ${joinSome(faults, "; ")}`,
        "correct it (kubectl edit vmnetcfg)",
      );
    },
  },
  {
    code: "VM_CONFIG_STAYS",
    holds: "It is not being deleted.",
    needs: ["VM_CONFIG_MADE"],
    ask: ({ vmnetcfg }) =>
      vmnetcfg!.object.metadata.deletionTimestamp === undefined ? undefined : wrong(
        `${keyOf(vmnetcfg!.object)} is being deleted`,
        "wait until it is gone; if that takes long, look at the log of the controller",
      ),
  },
  {
    code: "VM_CONFIG_NOT_PAUSED",
    holds: "It is not paused.",
    needs: ["VM_CONFIG_VALID", "VM_CONFIG_STAYS"],
    ask: ({ vmnetcfg }) => {
      const { parsed, object } = vmnetcfg!;
      return parsed.ok && parsed.value.spec.paused === true
        ? wrong(
          `${keyOf(object)} is paused, and its addresses are released`,
          `set spec.paused of vmnetcfg ${keyOf(object)} to false`,
        )
        : well("it is not paused");
    },
  },
  {
    code: "VM_CONFIG_HAS_NICS",
    holds: "It names a NIC.",
    needs: ["VM_CONFIG_NOT_PAUSED"],
    ask: ({ vmnetcfg }) => {
      const { parsed, object } = vmnetcfg!;
      const count = parsed.ok ? parsed.value.spec.networkConfigs.length : 0;
      return count > 0 ? well(`it names ${count} NIC${count === 1 ? "" : "s"}`) : wrong(
        `${keyOf(object)} names no NIC`,
        "add the MAC and the VM network of each to spec.networkConfigs",
      );
    },
  },
  {
    code: "VM_FOLLOWED",
    holds: "Everything that the VM requests could be done.",
    needs: ["VM_CONFIG_MADE"],
    ask: ({ vmnetcfg }) => {
      const condition = conditionOf(objectOf(vmnetcfg!.object.status).conditions, FOLLOWS_VM);
      return condition?.status === "False" ? findNotFollowed(condition.message) : undefined;
    },
  },
];

/** Each fault in the message begins with its reason, such as `InvalidStaticIP: `. */
function findNotFollowed(message: string): Finding {
  const [first, ...others] = message.split(/; (?=[A-Z]\w+: )/);
  if (others.length === 0) return wrongAs(message);
  return wrong(
    `${first}; and more`,
    "correct each of them in the VM: its Events have them (kubectl describe vm), and so has the " +
      `condition ${FOLLOWS_VM} of its VirtualMachineNetworkConfig`,
  );
}

function findKnown({ name, vm, vmnetcfg }: VmSubject, world: World): Finding {
  if (vmnetcfg !== undefined) {
    return well(`there is VirtualMachineNetworkConfig ${keyOf(vmnetcfg.object)}`);
  }
  if (vm !== undefined) return well(`there is VirtualMachine ${keyOf(vm.object)}`);
  const { vmnetcfgs, virtualMachines } = world;
  if (!vmnetcfgs.ok) return unread(vmnetcfgs.why);
  if (!virtualMachines.ok) return unread(virtualMachines.why);
  const keys = [...vmnetcfgs.value, ...virtualMachines.value].map(({ object }) => keyOf(object));
  return findMissing({ what: "VM", name, keys: [...new Set(keys)] }, world);
}

function findConfig({ vm, vmnetcfg }: VmSubject, world: World): Finding | undefined {
  if (vmnetcfg !== undefined) return undefined;
  const key = keyOf(vm!.object);
  if (!world.vmnetcfgs.ok) return unread(world.vmnetcfgs.why);
  if (
    vm!.parsed.ok && !vm!.parsed.value.nics.some(({ networkName }) => networkName !== undefined)
  ) {
    return wrong(
      `the VirtualMachine ${key} has no NIC on a VM network`,
      "add one with a network of Multus, or leave it without an address",
    );
  }
  const leader = findLeader(world);
  if (leader?.verdict === "failed") return leader;
  return wrong(
    `no VirtualMachineNetworkConfig was made for the VirtualMachine ${key}`,
    `read the Events of the VM (kubectl describe vm), or create one by hand`,
  );
}
