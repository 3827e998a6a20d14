/** Reconciles VirtualMachines: each has a VirtualMachineNetworkConfig of its name as long as it is there. */

import { ownValue } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { Note } from "../../api/event_note.ts";
import { namespacedNameOf, type Observed } from "../../api/meta.ts";
import type { VirtualMachine } from "../../api/virtual_machine/virtual_machine.ts";
import type { VirtualMachineInstance } from "../../api/virtual_machine/virtual_machine_instance.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { VIRTUAL_MACHINES } from "../../api/resources.ts";
import { isNamespaceGoing, isStatus, StatusError } from "../../kube/contract.ts";
import {
  planVirtualMachine,
  type VirtualMachinePlan,
} from "../../reconcile/virtual_machine/virtual_machine.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { FreshCache } from "../runtime/fresh_cache.ts";
import type { ObjectWriter, RoundResult } from "../runtime/object_writer.ts";
import { ToldNotes } from "./told_notes.ts";
import { vmsAfterInstance, vmsAfterVm, vmsAfterVmnetcfg } from "./virtual_machine_keys.ts";

/** How long VMs wait once for the first list of what runs; it is asked for when one needs it. */
const INSTANCES_WAIT_MS = 5_000;

/** What the controller of VirtualMachines needs. */
export interface VirtualMachineControllerOptions {
  readonly vms: FreshCache<VirtualMachine>;
  /** Of this controller alone: what others write to the same objects concerns it. */
  readonly vmnetcfgs: ObjectWriter<VirtualMachineNetworkConfig>;
  readonly instances: FreshCache<VirtualMachineInstance>;
  readonly clock: Clock;
}

/** Keeps the objects of VMs as they should be, where there are VMs. */
export function virtualMachineController(
  options: VirtualMachineControllerOptions,
): ControllerDescriptor {
  const { vms, vmnetcfgs, instances } = options;
  const reconciler = new VirtualMachineReconciler(options);
  return {
    name: "vm-dhcp-vm-controller",
    workers: 16,
    isOptional: true,
    watches: [
      watch(vms, vmsAfterVm),
      watch(vmnetcfgs, vmsAfterVmnetcfg),
      // Only a VM that needs them waits for MAC addresses of what runs.
      { ...watch(instances, vmsAfterInstance), whenSynced: () => Promise.resolve() },
    ],
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
  };
}

class VirtualMachineReconciler {
  readonly #options: VirtualMachineControllerOptions;
  readonly #told: ToldNotes;
  /** By key, the UID of the VM that was seen to go last. */
  readonly #gone = new Map<string, string>();
  /** Resolves when it is known what runs, or when that takes too long. */
  #instancesWait: Promise<void> | undefined;
  #hasWaited = false;

  constructor(options: VirtualMachineControllerOptions) {
    this.#options = options;
    this.#told = new ToldNotes(options.clock);
    options.vms.onChange(({ key, before, after }) => {
      const uid = before?.object.metadata.uid;
      if (uid !== undefined && uid !== after?.object.metadata.uid) this.#gone.set(key, uid);
    });
  }

  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { vmnetcfgs, vms } = this.#options;
    let plan: VirtualMachinePlan = { notes: [] };
    let isBehind = false;
    await vmnetcfgs.settle(key, async () => {
      plan = await this.#plan(key, signal);
      const result = await this.#write(key, plan, signal);
      isBehind = result === "behind";
      return isBehind ? "settled" : result as RoundResult;
    }, signal);
    if (isBehind) {
      throw new StatusError(409, "Conflict", `a cache is behind in what it has of ${key}`);
    }
    // The UID was needed for a deletion, which is through.
    if (plan.write?.kind !== "delete") this.#gone.delete(key);
    return this.#told.tell(key, vms.get(key)?.object, plan.notes, vmnetcfgs.recorder);
  }

  /**
   * While it is not known what runs, an interface whose MAC address another one claims would lose its item.
   * Where that stays unknown, VMs go on without.
   */
  async #plan(key: string, signal: AbortSignal): Promise<VirtualMachinePlan> {
    const first = this.#planNow(key);
    if (!first.asksWhatRuns || this.#hasWaited) return first.plan;
    await (this.#instancesWait ??= this.#waitForInstances(signal));
    return this.#planNow(key).plan;
  }

  async #waitForInstances(signal: AbortSignal): Promise<void> {
    const { instances, clock } = this.#options;
    const answered = new AbortController();
    const late = clock.sleep(INSTANCES_WAIT_MS, AbortSignal.any([signal, answered.signal]));
    // It rejects only at the end of the run.
    await Promise.race([late, instances.whenAnswered().catch(() => late)]);
    answered.abort();
    this.#hasWaited = true;
  }

  #planNow(key: string): { readonly plan: VirtualMachinePlan; readonly asksWhatRuns: boolean } {
    const { vms, vmnetcfgs } = this.#options;
    const vm = vms.get(key);
    let asksWhatRuns = false;
    const plan = planVirtualMachine({
      vm,
      vmnetcfg: vmnetcfgs.cache.get(key),
      runningMacOf: (nic) => {
        asksWhatRuns = true;
        return this.#runningMacOf(key, vm, nic);
      },
    });
    return { plan, asksWhatRuns };
  }

  #runningMacOf(
    key: string,
    vm: Observed<VirtualMachine> | undefined,
    nic: string,
  ): string | undefined {
    const parsed = this.#options.instances.get(key)?.parsed;
    if (!parsed?.ok) return undefined;
    const { macs, owners } = parsed.value;
    // One of an earlier VM of the same name has MAC addresses of its own.
    const isOther = owners.some(({ kind, uid }) =>
      kind === VIRTUAL_MACHINES.kind && uid !== vm?.object.metadata.uid
    );
    const mac = isOther ? undefined : ownValue(macs, nic);
    return typeof mac === "string" ? mac : undefined;
  }

  async #write(
    key: string,
    { write }: VirtualMachinePlan,
    signal: AbortSignal,
  ): Promise<RoundResult | "behind"> {
    const { vmnetcfgs } = this.#options;
    const object = vmnetcfgs.cache.get(key)?.object;
    switch (write?.kind) {
      case undefined:
        return "settled";
      case "create":
        try {
          await vmnetcfgs.create(write.object, signal);
          return "settled";
        } catch (error) {
          // There is one, which the cache does not have yet.
          if (isStatus(error, 409)) return "behind";
          // The VM goes with its namespace.
          if (isNamespaceGoing(error)) return "settled";
          this.#tellRefusal(key, error);
          throw error;
        }
      case "patch":
        try {
          if (object !== undefined) await vmnetcfgs.patch(object, write.patch, signal);
          return "settled";
        } catch (error) {
          this.#tellRefusal(key, error);
          throw error;
        }
      case "delete":
        if (object === undefined) return "settled";
        if (write.goneUid !== undefined && !await this.#isGone(key, write.goneUid, signal)) {
          return "behind";
        }
        await vmnetcfgs.delete(object, signal);
        return "settled";
      default:
        return write satisfies never;
    }
  }

  /** What an API server or a webhook says against an object concerns the VM's owner. */
  #tellRefusal(key: string, error: unknown): void {
    if (!isStatus(error, 400, 403, 413, 422)) return;
    const { vmnetcfgs: { recorder, type }, vms } = this.#options;
    const note = `the API server refuses ${type.kind} ${key}: ${error.message}`;
    const notes: readonly Note[] = [{ type: "Warning", reason: "NetworkConfigRefused", note }];
    this.#told.tell(key, vms.get(key)?.object, notes, recorder);
  }

  /** Whether a VM is gone. A cache that has not seen it go may not have seen it come either. */
  async #isGone(key: string, uid: string, signal: AbortSignal): Promise<boolean> {
    if (this.#gone.get(key) === uid) return true;
    const { client, cache } = this.#options.vmnetcfgs;
    const name = namespacedNameOf(cache.get(key)!.object);
    try {
      const vm = await client.get(VIRTUAL_MACHINES, name, signal);
      return vm.metadata.uid !== uid;
    } catch (error) {
      if (isStatus(error, 404)) return true;
      throw error;
    }
  }
}
