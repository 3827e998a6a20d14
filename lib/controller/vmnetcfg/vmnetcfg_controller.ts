/** Reconciles VirtualMachineNetworkConfigs: reports what committed pools say of their NICs. */

import type { Clock } from "../../base/clock.ts";
import { formatInstant } from "../../base/rfc3339.ts";
import type { Note } from "../../api/event_note.ts";
import { isToldOf } from "../../api/event_reasons.ts";
import { keyOf, type KubeObject, type Observed } from "../../api/meta.ts";
import type { VirtualMachineNetworkConfig } from "../../api/vmnetcfg/vmnetcfg.ts";
import { type Ipv4Address, parseIpv4Address } from "../../net/ipv4_address.ts";
import type { Logger } from "../../observe/logger.ts";
import type { MetricRegistry } from "../../observe/metrics.ts";
import { claimsOn } from "../../reconcile/claims.ts";
import {
  namedNicsOf,
  nicIndexValue,
  VMNETCFG_BY_NETWORK,
  VMNETCFG_BY_NIC,
} from "../../reconcile/kinds.ts";
import { refusalOf } from "../../reconcile/ippool/pool_view.ts";
import type { NetworkView } from "../../reconcile/vmnetcfg/nic_outcome.ts";
import {
  planVirtualMachineNetworkConfig,
  type VirtualMachineNetworkConfigPlan,
} from "../../reconcile/vmnetcfg/vmnetcfg.ts";
import { toldNicsOf } from "../../reconcile/raw_fields.ts";
import { vmOf } from "../../reconcile/virtual_machine/vm_owner.ts";
import type { PoolChange, PoolViews } from "../ippool/pool_views.ts";
import type { ReconcileResult } from "../runtime/control_loop.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { ObjectWriter, RoundResult } from "../runtime/object_writer.ts";
import type { LastingAnswers } from "./lasting_answers.ts";
import { ReleasedAddresses } from "./released_addresses.ts";
import { vmnetcfgsAfterPool, vmnetcfgsAfterVmnetcfg } from "./vmnetcfg_keys.ts";
import { VmnetcfgMetrics } from "./vmnetcfg_metrics.ts";
import { WaitingVmnetcfgs } from "./waiting_vmnetcfgs.ts";
import { WritePace } from "./write_pace.ts";

/** Time after which a commit that has not come is reported instead of waited for. */
const COMMIT_MS_MAX = 5000;

/** What the controller of VirtualMachineNetworkConfigs needs. */
export interface VmnetcfgControllerOptions {
  readonly vmnetcfgs: ObjectWriter<VirtualMachineNetworkConfig>;
  readonly views: PoolViews;
  readonly answers: LastingAnswers;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  /** Whether NICs have no series of their own. */
  readonly withoutNicSeries: boolean;
}

/** Keeps VirtualMachineNetworkConfigs as they should be. */
export function vmnetcfgController(options: VmnetcfgControllerOptions): ControllerDescriptor {
  const { vmnetcfgs, views, answers } = options;
  const reconciler = new VmnetcfgReconciler(options);
  const found = (index: string) => (value: string) =>
    vmnetcfgs.cache.byIndex(index, value).map(({ object }) => keyOf(object));
  const users = {
    onNetwork: found(VMNETCFG_BY_NETWORK),
    waitingFor: (network: string, change: PoolChange) =>
      reconciler.waiting.concernedBy(network, change, views.onNetwork(network)),
    ofNic: (nic: string) => [
      ...found(VMNETCFG_BY_NIC)(nic),
      ...reconciler.waiting.forAddressOf(nic),
    ],
  };
  return {
    name: "vm-dhcp-vmnetcfg-controller",
    workers: 16,
    watches: [
      watch(vmnetcfgs, (change) => vmnetcfgsAfterVmnetcfg(change, users.ofNic)),
      watch(views, (change) => vmnetcfgsAfterPool(change, users)),
      watch(answers, users.onNetwork),
    ],
    reconcile: (key, signal) => reconciler.reconcile(key, signal),
  };
}

/** The one writer of the status of VirtualMachineNetworkConfigs. */
class VmnetcfgReconciler {
  readonly #options: VmnetcfgControllerOptions;
  readonly #metrics: VmnetcfgMetrics;
  readonly waiting = new WaitingVmnetcfgs();
  /** By object, since when it awaits a commit, by the monotonic clock. */
  readonly #awaitingSinceMs = new Map<string, number>();
  readonly #pace: WritePace;
  readonly #released = new ReleasedAddresses((object, notes) => this.#record(object, notes));

  constructor(options: VmnetcfgControllerOptions) {
    this.#options = options;
    this.#pace = new WritePace(options.clock.monotonicMs());
    this.#metrics = new VmnetcfgMetrics(options);
    options.views.onChange((change) => this.#released.noteFreed(change));
  }

  /** Brings the status and the finalizer of one object up to date. */
  async reconcile(key: string, signal: AbortSignal): Promise<ReconcileResult> {
    const { vmnetcfgs } = this.#options;
    let plan: VirtualMachineNetworkConfigPlan | undefined;
    let turnMs = 0;
    await vmnetcfgs.settle(key, async () => {
      plan = this.#plan(key);
      // Before the write and its turn: what changes until it is done is news already.
      this.#await(key, plan);
      turnMs = this.#turnMsOf(key, plan);
      if (turnMs > 0) return "settled";
      return await this.#write(key, plan, signal);
    }, signal);
    const observed = vmnetcfgs.cache.get(key);
    if (observed === undefined) this.#await(key, undefined);
    if (observed?.parsed.ok !== false) this.#metrics.show(key, observed?.parsed.value);
    const result = this.#awaitCommit(key, plan?.isAwaitingCommit ?? false);
    return turnMs > 0 ? { requeueAfterMs: turnMs } : result;
  }

  /** How long a write has to wait. */
  #turnMsOf(key: string, plan: VirtualMachineNetworkConfigPlan | undefined): number {
    if (plan?.isServedOnly === true && plan.finalizers === undefined) {
      return this.#pace.waitMs(key, this.#options.clock.monotonicMs());
    }
    this.#pace.forget(key);
    return 0;
  }

  #plan(key: string): VirtualMachineNetworkConfigPlan | undefined {
    const { vmnetcfgs, answers, clock } = this.#options;
    const vmnetcfg = vmnetcfgs.cache.get(key);
    if (vmnetcfg === undefined) return undefined;
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#awaitingSinceMs.get(key) ?? nowMs;
    return planVirtualMachineNetworkConfig({
      vmnetcfg,
      networks: this.#networksOf(vmnetcfg),
      answersOf: (pool) => answers.of(pool),
      nowIso: formatInstant(clock.nowMs()),
      awaitedLong: nowMs - sinceMs >= COMMIT_MS_MAX,
    });
  }

  #await(key: string, plan: VirtualMachineNetworkConfigPlan | undefined): void {
    const { namespace = "" } = this.#options.vmnetcfgs.cache.get(key)?.object.metadata ?? {};
    this.waiting.set(key, namespace, plan ?? { waiting: [], pending: [] });
  }

  #networksOf(
    vmnetcfg: Observed<VirtualMachineNetworkConfig>,
  ): ReadonlyMap<string, NetworkView> {
    const { vmnetcfgs, views } = this.#options;
    const nics = namedNicsOf(vmnetcfg);
    const networks = new Set(nics.map(({ network }) => network));
    return new Map([...networks].map((network) => {
      const pools = views.onNetwork(network);
      const own = nics.filter((nic) => nic.network === network).map(({ mac }) => mac);
      const told = toldNicsOf(vmnetcfg).filter((nic) => nic.network === network);
      const addresses = [...told.map((nic) => nic.told), ...requestedOn(network, vmnetcfg)];
      const holders = pools.flatMap(({ record }) =>
        addresses.flatMap((address) => record.bindings.get(address) ?? [])
      );
      const related = new Set(
        [...new Set([...own, ...holders])].flatMap((mac) =>
          vmnetcfgs.cache.byIndex(VMNETCFG_BY_NIC, nicIndexValue({ network, mac }))
        ),
      );
      return [network, {
        pools,
        claims: claimsOn(network, [...related], refusalOf(pools)),
        isChanging: (mac) => pools.some(({ key }) => views.isChanging(key, mac)),
      }];
    }));
  }

  async #write(
    key: string,
    plan: VirtualMachineNetworkConfigPlan | undefined,
    signal: AbortSignal,
  ): Promise<RoundResult> {
    const { vmnetcfgs } = this.#options;
    const object = vmnetcfgs.cache.get(key)?.object;
    if (object === undefined || plan === undefined) return "settled";
    if (plan.finalizers !== undefined) {
      await vmnetcfgs.patchMetadata(object, { finalizers: plan.finalizers }, signal);
      // What the notes tell of is not written yet, unless the object goes.
      if (object.metadata.deletionTimestamp === undefined) return "written";
      this.#tell(object, plan.notes);
      // An object that others keep is told of once more.
      return plan.finalizers.length > 0 ? "written" : "settled";
    }
    if (plan.status !== undefined) await vmnetcfgs.putStatus(object, plan.status, signal);
    this.#tell(object, plan.notes);
    return "settled";
  }

  /** Tells of what is done: an address is given back once its pool has recorded that, too. */
  #tell(object: KubeObject, notes: readonly Note[]): void {
    this.#record(object, this.#released.noteLeft(object, notes));
  }

  /** Tells the object's users, and those of its VM what concerns that. */
  #record(object: KubeObject, notes: readonly Note[]): void {
    const { vmnetcfgs } = this.#options;
    vmnetcfgs.record(object, notes);
    const vm = vmOf(object);
    if (vm === undefined) return;
    vmnetcfgs.record(
      vm,
      notes.filter(({ reason }) => isToldOf(reason, "VirtualMachine")),
    );
  }

  #awaitCommit(key: string, isAwaiting: boolean): ReconcileResult {
    if (!isAwaiting) {
      this.#awaitingSinceMs.delete(key);
      return {};
    }
    const nowMs = this.#options.clock.monotonicMs();
    const sinceMs = this.#awaitingSinceMs.get(key) ?? nowMs;
    this.#awaitingSinceMs.set(key, sinceMs);
    // Each time anew: a key that comes earlier, for an earlier wait, does not come a second time.
    const leftMs = sinceMs + COMMIT_MS_MAX - nowMs;
    return leftMs > 0 ? { requeueAfterMs: leftMs } : {};
  }
}

/** The addresses that NICs on a network request. */
function requestedOn(
  network: string,
  { parsed }: Observed<VirtualMachineNetworkConfig>,
): readonly Ipv4Address[] {
  if (!parsed.ok) return [];
  return parsed.value.spec.networkConfigs
    .filter(({ networkName }) => networkName === network)
    .flatMap(({ ipAddress = "" }) => parseIpv4Address(ipAddress) ?? []);
}
