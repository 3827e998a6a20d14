/** A VirtualMachine with its VirtualMachineNetworkConfig in memory, and the planner that keeps the one like the other. */

import { ownValue } from "../../../lib/base/json.ts";
import type { Note } from "../../../lib/api/event_note.ts";
import type { KubeObject, Observed, Parsed } from "../../../lib/api/meta.ts";
import { parseVirtualMachine } from "../../../lib/api/virtual_machine/virtual_machine.ts";
import { parseVirtualMachineNetworkConfig } from "../../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import { applyMergePatch } from "../../../lib/apiserver/patch/merge_patch.ts";
import {
  planVirtualMachine,
  type VirtualMachinePlan,
} from "../../../lib/reconcile/virtual_machine/virtual_machine.ts";

const STEPS_MAX = 5;

/** What the planner sees; a test changes it as it likes. */
export class VirtualMachineSituation {
  vm: KubeObject | undefined;
  vmnetcfg: KubeObject | undefined;
  #uid = 0;

  /** @param runningMacs MAC addresses that the running VM has, by interface. */
  constructor(public runningMacs: Readonly<Record<string, string>> = {}) {}

  plan(): VirtualMachinePlan {
    return planVirtualMachine({
      vm: observe(this.vm, parseVirtualMachine),
      vmnetcfg: observe(this.vmnetcfg, parseVirtualMachineNetworkConfig),
      runningMacOf: (nic) => ownValue(this.runningMacs, nic) as string | undefined,
    });
  }

  /** Carries a plan out. @returns Whether it had something to write. */
  step(): boolean {
    const { write } = this.plan();
    switch (write?.kind) {
      case undefined:
        return false;
      case "create": {
        const metadata = { ...write.object.metadata, uid: `vmnetcfg-${++this.#uid}` };
        this.vmnetcfg = { ...write.object, metadata };
        return true;
      }
      case "patch":
        this.vmnetcfg = applyMergePatch(this.vmnetcfg, write.patch) as KubeObject;
        return true;
      case "delete":
        this.vmnetcfg = undefined;
        return true;
      default:
        return write satisfies never;
    }
  }

  /** Steps until nothing is left to write. @returns What is told then. */
  settle(): readonly Note[] {
    for (let step = 0; step < STEPS_MAX; step++) {
      if (!this.step()) return this.plan().notes;
    }
    throw new Error(`the planner does not come to rest: ${JSON.stringify(this.plan())}`);
  }
}

function observe<T>(
  object: KubeObject | undefined,
  parse: (raw: unknown) => Parsed<T>,
): Observed<T> | undefined {
  return object && { object, parsed: parse(object) };
}
