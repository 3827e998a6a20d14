/** `vm-dhcp explain vm`: why a VM has no address, or which it has. */

import { formatNamespacedName, keyOf, type NamespacedName, type Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { askAll } from "../ask.ts";
import type { World } from "../contract.ts";
import { type Explanation, explanationOf } from "../explanation.ts";
import type { Facts } from "../facts.ts";
import { VM_QUESTIONS } from "../questions/vm.ts";
import { askVm, headOfNic, sayWell } from "./nics.ts";

/** Explains a VM, by its own name or that of its VirtualMachineNetworkConfig. */
export function explainVm(name: NamespacedName, facts: Facts, world: World): Explanation {
  const about = formatNamespacedName(name);
  const vmnetcfgs = configsOf(name, facts);
  const vm = world.virtualMachines.ok
    ? world.virtualMachines.value.find(({ object }) => keyOf(object) === about)
    : undefined;
  if (vmnetcfgs.length === 0) {
    const checks = askAll(VM_QUESTIONS, {
      subject: { name, vm, vmnetcfg: undefined },
      about,
    }, world);
    return explanationOf(about, checks, {
      wellSays: `${about} needs no address`,
      headOf: () => vm && `${about} has no address`,
    });
  }
  const asked = vmnetcfgs.map((each) => askVm(each, { facts, world, isWanted: () => true }));
  return explanationOf(about, asked.flatMap(({ checks }) => checks), {
    wellSays: asked.map((each) => sayWell(each, world)).join("; "),
    headOf: (decisive) => {
      const whose = asked.find(({ checks }) => checks.includes(decisive))!;
      return decisive.code === "VM_FOLLOWED" ? undefined : headOfNic(whose, decisive);
    },
  });
}

/** The objects of a VM: that of its name, or else those that name it. */
export function configsOf(
  { namespace, name }: NamespacedName,
  { vmnetcfgs }: Pick<Facts, "vmnetcfgs">,
): readonly Observed<VirtualMachineNetworkConfig>[] {
  const inNamespace = vmnetcfgs.filter(({ object }) => object.metadata.namespace === namespace);
  const own = inNamespace.filter(({ object }) => object.metadata.name === name);
  if (own.length > 0) return own;
  return inNamespace.filter(({ parsed }) => parsed.ok && parsed.value.spec.vmName === name);
}
