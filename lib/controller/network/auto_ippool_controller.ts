/** Makes a pool along with a VM network, and removes it when nobody needs it any more. */

import type { Note } from "../../api/event_note.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { isNamespaceGoing, isStatus } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import {
  type AutoIPPoolPlan,
  type AutoIPPoolStep,
  planAutoIPPool,
  refusedNote,
} from "../../reconcile/auto_ippool/auto_ippool.ts";
import { causeOf } from "../../reconcile/auto_ippool/route_difference.ts";
import type { AutoIPPoolPolicy } from "../../reconcile/auto_ippool/wish.ts";
import { IPPOOL_BY_NETWORK, namedNicsOf, VMNETCFG_BY_NETWORK } from "../../reconcile/kinds.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { Change, FreshCache } from "../runtime/fresh_cache.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";
import { networksAfterPool } from "./network_controller.ts";

/** A right that is missing may be given at any time, and nothing tells. */
const REFUSED_PAUSE_MS = 300_000;

/** What the controller needs. */
export interface AutoIPPoolControllerOptions {
  readonly networks: ObjectWriter<NetworkAttachmentDefinition>;
  readonly ippools: ObjectWriter<IPPool>;
  readonly vmnetcfgs: FreshCache<VirtualMachineNetworkConfig>;
  readonly policy: AutoIPPoolPolicy;
  readonly log: Logger;
}

/** Its keys are those of networks and, where a network is gone, of the pool that was made for it. */
export function autoIPPoolController(options: AutoIPPoolControllerOptions): ControllerDescriptor {
  const { networks, ippools, vmnetcfgs } = options;
  const pools = new AutoIPPoolReconciler(options);
  const isWaiting = (network: string) => {
    const pool = ippools.cache.get(network);
    return pool !== undefined && causeOf(pool.object) !== undefined && usedOf(pool) === 0;
  };
  return {
    name: "vm-dhcp-auto-ippool-controller",
    workers: 2,
    // A network that cannot be read looks like one that is gone.
    isOptional: true,
    watches: [
      watch(networks, ({ key, isOwnWrite }) => isOwnWrite ? [] : [key]),
      watch(ippools, networksAfterAutoPool),
      watch(vmnetcfgs, (change) => networksLeft(change).filter(isWaiting)),
    ],
    async reconcile(key, signal) {
      return await pools.reconcile(key, signal) ? {} : { requeueAfterMs: REFUSED_PAUSE_MS };
    },
  };
}

class AutoIPPoolReconciler {
  readonly #options: AutoIPPoolControllerOptions;
  /** By network, what its author was told last. */
  readonly #told = new Map<string, string>();
  #isRefusalLogged = false;

  constructor(options: AutoIPPoolControllerOptions) {
    this.#options = options;
  }

  /** Brings the pool of one network to what it should be. @returns False when it was not allowed to. */
  async reconcile(key: string, signal: AbortSignal): Promise<boolean> {
    const { ippools } = this.#options;
    let refusal: Note | undefined;
    await ippools.settle(key, async () => {
      const plan = this.#plan(key);
      refusal = await this.#carryOut(key, plan.step, signal);
      this.#tell(key, refusal ?? plan.note);
      return "settled";
    }, signal);
    return refusal === undefined;
  }

  #plan(key: string): AutoIPPoolPlan {
    const { networks, ippools, vmnetcfgs, policy } = this.#options;
    const nad = networks.cache.get(key);
    if (nad?.parsed.ok === false) return { step: { do: "nothing" } };
    return planAutoIPPool({
      nad: nad?.parsed.value,
      policy,
      pool: ippools.cache.get(key),
      others: ippools.cache.byIndex(IPPOOL_BY_NETWORK, key)
        .map(({ object }) => keyOf(object))
        .filter((other) => other !== key),
      hasVms: () => vmnetcfgs.byIndex(VMNETCFG_BY_NETWORK, key).length > 0,
    });
  }

  /** @returns What the API server said when it refused. */
  async #carryOut(
    key: string,
    step: AutoIPPoolStep,
    signal: AbortSignal,
  ): Promise<Note | undefined> {
    const { log } = this.#options;
    try {
      await this.#write(key, step, signal);
      if (step.do !== "nothing") this.#isRefusalLogged = false;
      return undefined;
    } catch (error) {
      // The network goes with its namespace.
      if (isNamespaceGoing(error)) return undefined;
      // Webhooks refuse with any of these.
      if (!isStatus(error, 400, 403, 413, 422)) throw error;
      if (!this.#isRefusalLogged) {
        log.log("warn", "pools of VM networks cannot be kept", { network: key, error });
      }
      this.#isRefusalLogged = true;
      return refusedNote(step.do, key, error.message);
    }
  }

  async #write(key: string, step: AutoIPPoolStep, signal: AbortSignal): Promise<void> {
    const { ippools } = this.#options;
    const pool = ippools.cache.get(key);
    switch (step.do) {
      case "nothing":
        return;
      case "create": {
        await ippools.create(step.object, signal);
        return this.#record(key, undefined, madeNote(key));
      }
      case "patch":
        return await ippools.patch(pool!.object, step.patch, signal);
      case "delete":
        await ippools.delete(pool!.object, signal);
        return this.#record(key, pool!, removedNote(key));
      default:
        return step satisfies never;
    }
  }

  /** On the network or, when that is gone, on its pool. */
  #record(key: string, pool: Observed<IPPool> | undefined, note: Note): void {
    const { ippools, networks } = this.#options;
    const nad = networks.cache.get(key);
    if (nad !== undefined) networks.record(nad.object, [note]);
    else if (pool !== undefined) ippools.record(pool.object, [note]);
  }

  #tell(key: string, note: Note | undefined): void {
    const { networks } = this.#options;
    const nad = networks.cache.get(key);
    if (note === undefined || nad === undefined) {
      this.#told.delete(key);
    } else if (this.#told.get(key) !== note.note) {
      networks.record(nad.object, [note]);
      this.#told.set(key, note.note);
    }
  }
}

function madeNote(key: string): Note {
  return { type: "Normal", reason: "AutoIPPoolCreated", note: `ippool ${key} was made` };
}

function removedNote(key: string): Note {
  const note = `ippool ${key} was removed: its VM network is gone, or has another route, or no ` +
    "longer asks for a pool";
  return { type: "Normal", reason: "AutoIPPoolRemoved", note };
}

/** The networks that a change of a pool concerns, where one may be called as the pool. */
export function networksAfterAutoPool(change: Change<IPPool>): readonly string[] {
  const { key, before, after } = change;
  const networks = networksAfterPool(change);
  if (before === undefined || after === undefined) return [key, ...networks];
  const [was, is] = [before.object, after.object];
  const isOurs = [was, is].some((pool) => causeOf(pool) !== undefined);
  const isChanged = was.metadata.generation !== is.metadata.generation ||
    causeOf(was) !== causeOf(is) || (usedOf(after) === 0 && usedOf(before) !== 0);
  return isOurs && isChanged ? [key, ...networks] : networks;
}

/** The networks that a VM no longer names. */
function networksLeft({ before, after }: Change<VirtualMachineNetworkConfig>): readonly string[] {
  if (before === undefined) return [];
  const named = new Set(after && namedNicsOf(after).map(({ network }) => network));
  return namedNicsOf(before).map(({ network }) => network).filter((each) => !named.has(each));
}

function usedOf({ object }: { readonly object: KubeObject }): unknown {
  return objectOf(objectOf(object.status).ipv4).used ?? 0;
}
