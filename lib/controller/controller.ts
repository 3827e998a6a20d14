/** The controller: caches, queues and reconciles of IPPools and VirtualMachineNetworkConfigs. */

import type { Clock } from "../base/clock.ts";
import type { IPPool } from "../api/ippool/ippool.ts";
import type { Observed } from "../api/meta.ts";
import {
  type NetworkAttachmentDefinition,
  parseNetworkAttachmentDefinition,
} from "../api/network_attachment_definition.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../api/resources.ts";
import type { VirtualMachineNetworkConfig } from "../api/vmnetcfg/vmnetcfg.ts";
import type { EventRecorder, Informer, KubeClient } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import { ChangeRouter } from "./change_router.ts";
import { ControlLoop } from "./runtime/control_loop.ts";
import { ControllerMetrics } from "./controller_metrics.ts";
import { FreshCache } from "./runtime/fresh_cache.ts";
import { type AgentObserver, IPPoolController } from "./ippool/ippool_controller.ts";
import { ObjectWriter } from "./runtime/object_writer.ts";
import { PoolViews } from "./ippool/pool_views.ts";
import { VirtualMachineNetworkConfigController } from "./vmnetcfg/vmnetcfg_controller.ts";

const IPPOOL_WORKERS = 4;
const VMNETCFG_WORKERS = 16;

/** What a controller needs. */
export interface ControllerOptions {
  readonly client: KubeClient;
  /** Not running yet; indexed as `IPPOOL_INDEXES` and `VMNETCFG_INDEXES` say. */
  readonly informers: {
    readonly ippools: Informer<Observed<IPPool>>;
    readonly vmnetcfgs: Informer<Observed<VirtualMachineNetworkConfig>>;
    readonly nads: Informer<Observed<NetworkAttachmentDefinition>>;
  };
  readonly recorder: EventRecorder;
  readonly agents: AgentObserver;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** A controller of all pools. One may run at a time. */
export interface Controller {
  /** Waits for the caches, then reconciles until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Asks for a reconcile of a pool, such as when its agent changed. */
  enqueueIPPool(key: string): void;
}

/** Makes a controller. Run the informers beside it. */
export function createController(options: ControllerOptions): Controller {
  const { client, informers, recorder } = options;
  const ippools = new FreshCache(informers.ippools, parseIPPool);
  const vmnetcfgs = new FreshCache(informers.vmnetcfgs, parseVirtualMachineNetworkConfig);
  const nads = new FreshCache(informers.nads, parseNetworkAttachmentDefinition);
  const views = new PoolViews(ippools);
  const metrics = new ControllerMetrics(options.registry);
  const ippoolController = new IPPoolController({
    ...options,
    ippools: new ObjectWriter(client, IPPOOLS, ippools, recorder),
    nads: new ObjectWriter(client, NETWORK_ATTACHMENT_DEFINITIONS, nads, recorder),
    vmnetcfgs,
    views,
    metrics,
  });
  const vmnetcfgController = new VirtualMachineNetworkConfigController({
    ...options,
    vmnetcfgs: new ObjectWriter(client, VIRTUAL_MACHINE_NETWORK_CONFIGS, vmnetcfgs, recorder),
    views,
    metrics,
  });
  const ippoolLoop = new ControlLoop({
    ...options,
    name: "vm-dhcp-ippool-controller",
    workers: IPPOOL_WORKERS,
    reconcile: (key, signal) => ippoolController.reconcile(key, signal),
  });
  const vmnetcfgLoop = new ControlLoop({
    ...options,
    name: "vm-dhcp-vmnetcfg-controller",
    workers: VMNETCFG_WORKERS,
    reconcile: (key, signal) => vmnetcfgController.reconcile(key, signal),
  });
  // Until the loops run, all that is told is the first list: what is there since long.
  let isRunning = false;
  const router = new ChangeRouter({
    ippools,
    vmnetcfgs,
    views,
    waitingOn: (network) => vmnetcfgController.waitingOn(network),
    enqueueIPPool: (key) => ippoolLoop.enqueue(key, isRunning ? "fresh" : "backlog"),
    enqueueVirtualMachineNetworkConfig: (key, priority) =>
      vmnetcfgLoop.enqueue(key, isRunning ? priority : "backlog"),
  });
  informers.ippools.onChange((...change) => router.routeIPPool(...change));
  informers.vmnetcfgs.onChange((...change) => router.routeVirtualMachineNetworkConfig(...change));
  informers.nads.onChange((key) => router.routeNetwork(key));
  return {
    async run(signal) {
      if (!await areSynced(Object.values(informers), signal)) return;
      isRunning = true;
      await Promise.all([ippoolLoop.run(signal), vmnetcfgLoop.run(signal)]);
    },
    enqueueIPPool: (key) => ippoolLoop.enqueue(key),
  };
}

/** A plan from half a world would take addresses from VMs that are only not known yet. */
async function areSynced(
  informers: readonly { whenSynced(): Promise<void> }[],
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await Promise.all(informers.map((informer) => informer.whenSynced()));
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}
