/** The controllers of the program, and what each of them needs. */

import type { Clock } from "../base/clock.ts";
import type { CachedKind, Observed } from "../api/meta.ts";
import type { EventRecorder, Informer, KubeClient } from "../kube/contract.ts";
import type { Logger } from "../observe/logger.ts";
import type { MetricRegistry } from "../observe/metrics.ts";
import type { AutoIPPoolPolicy } from "../reconcile/auto_ippool/wish.ts";
import {
  IPPOOL_KIND,
  NETWORK_KIND,
  VIRTUAL_MACHINE_INSTANCE_KIND,
  VIRTUAL_MACHINE_KIND,
  VMNETCFG_KIND,
} from "../reconcile/kinds.ts";
import { type AgentDeployment, agentsOf } from "./agents/agents_controller.ts";
import { type LocalAgents, LocalReports } from "./agents/report/local_reports.ts";
import { type AgentObserver, UNOBSERVED_AGENTS } from "./ippool/agent_observer.ts";
import { IPPOOL_CONTROLLER, ippoolController } from "./ippool/ippool_controller.ts";
import { PoolViews } from "./ippool/pool_views.ts";
import { autoIPPoolController } from "./network/auto_ippool_controller.ts";
import { networkController, NetworkLabels } from "./network/network_controller.ts";
import { ControllerSet } from "./runtime/controller_set.ts";
import { FreshCache } from "./runtime/fresh_cache.ts";
import { ObjectWriter } from "./runtime/object_writer.ts";
import { virtualMachineController } from "./virtual_machine/virtual_machine_controller.ts";
import { LastingAnswers } from "./vmnetcfg/lasting_answers.ts";
import { vmnetcfgController } from "./vmnetcfg/vmnetcfg_controller.ts";

/** What the controllers need. */
export interface ControllerOptions {
  readonly client: KubeClient;
  /** Gives the informer of a kind, the same one each time; none is running yet. */
  readonly informers: { of<T>(kind: CachedKind<T>): Informer<Observed<T>> };
  readonly recorder: EventRecorder;
  /** What is known of agents that others run, or how the controller itself deploys them. */
  readonly agents: AgentObserver | AgentDeployment;
  /** The agents of this process, where it has some: what they see becomes conditions of their pools. */
  readonly localAgents?: LocalAgents | undefined;
  /** Which VM networks get a pool of their own; by default those that ask for one. */
  readonly autoIPPools?: AutoIPPoolPolicy;
  /** How long a freed address rests while others are free; each pool's lease time when absent. */
  readonly addressReuseGraceMs?: number | undefined;
  /** Whether NICs have no series of their own; by default only while there are too many. */
  readonly withoutNicSeries?: boolean;
  readonly registry: MetricRegistry;
  readonly log: Logger;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** All controllers of a cluster. One process may run them at a time. */
export interface Controller {
  /** Waits for the caches, then reconciles until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Asks for a reconcile of a pool, such as when its agent changed. */
  enqueueIPPool(key: string): void;
}

/** Makes the controllers. Run the informers beside them. */
export function createController(options: ControllerOptions): Controller {
  const { client, informers, recorder, registry, log, clock, random } = options;
  const cacheOf = <T>(kind: CachedKind<T>) => new FreshCache(informers.of(kind), kind.parse);
  const writerOf = <T>({ type, extract }: CachedKind<T>, cache: FreshCache<T>) =>
    new ObjectWriter(client, type, cache, recorder, extract);
  const ippools = cacheOf(IPPOOL_KIND);
  const vmnetcfgs = cacheOf(VMNETCFG_KIND);
  const views = new PoolViews(ippools);
  const networks = cacheOf(NETWORK_KIND);
  const labels = new NetworkLabels(writerOf(NETWORK_KIND, networks), log);
  const enqueue = (name: string, key: string) => controllers.enqueue(name, key);
  const { agents, reports, agentControllers } = agentsOf(options.agents, {
    ...options,
    writerOf: (kind) => writerOf(kind, cacheOf(kind)),
    ...{ ippools, views, networks, enqueue },
  });
  const local = localReportsOf(options, enqueue);
  const ippool = ippoolController({
    ippools: writerOf(IPPOOL_KIND, ippools),
    ...{ networks, vmnetcfgs, views, labels, agents, wire: reports ?? local, registry, clock },
    addressReuseGraceMs: options.addressReuseGraceMs,
  });
  const areAgentsObserved = options.agents !== UNOBSERVED_AGENTS;
  const answers = new LastingAnswers(views, { clock, areAgentsObserved });
  const vmnetcfg = vmnetcfgController({
    vmnetcfgs: writerOf(VMNETCFG_KIND, vmnetcfgs),
    views,
    answers,
    registry,
    log,
    clock,
    withoutNicSeries: options.withoutNicSeries ?? false,
  });
  const autoIPPool = autoIPPoolController({
    networks: labels.networks,
    // Not the writer of records: what this one writes is news to the controller of pools.
    ippools: writerOf(IPPOOL_KIND, ippools),
    vmnetcfgs,
    policy: options.autoIPPools ?? "annotated",
    log,
  });
  const virtualMachine = virtualMachineController({
    vms: cacheOf(VIRTUAL_MACHINE_KIND),
    vmnetcfgs: writerOf(VMNETCFG_KIND, vmnetcfgs),
    instances: cacheOf(VIRTUAL_MACHINE_INSTANCE_KIND),
    clock,
  });
  const controllers = new ControllerSet(
    [
      ...[ippool, vmnetcfg, answers.controller(), networkController(labels, views)],
      ...[autoIPPool, virtualMachine],
      ...agentControllers,
    ],
    { log, registry, clock, random },
  );
  return {
    run: (signal) => runAll([controllers, reports, local], signal),
    enqueueIPPool: (key) => enqueue(ippool.name, key),
  };
}

/** What the agents of this process report, where it has some. */
function localReportsOf(
  { localAgents, informers, recorder, clock }: ControllerOptions,
  enqueue: (controller: string, key: string) => void,
): LocalReports | undefined {
  return localAgents && new LocalReports(localAgents, {
    ippools: informers.of(IPPOOL_KIND),
    vmnetcfgs: informers.of(VMNETCFG_KIND),
    ...{ recorder, clock },
    onChange: (poolKey) => enqueue(IPPOOL_CONTROLLER, poolKey),
  });
}

async function runAll(
  parts: readonly (Pick<Controller, "run"> | undefined)[],
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(parts.map((part) => part?.run(signal)));
}
