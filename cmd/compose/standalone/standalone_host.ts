/** Controller and agents of standalone over its API. */

import type { KubeClient } from "../../../lib/kube/contract.ts";
import { AgentSet } from "../../../lib/agent/host/agent_set.ts";
import { NetworkInterfaces } from "../../../lib/agent/host/network_interfaces.ts";
import { createController } from "../../../lib/controller/controller.ts";
import { IPPOOL_KIND, NETWORK_KIND } from "../../../lib/reconcile/kinds.ts";
import { measureEventLoopDelay } from "../../../lib/endpoints/event_loop_delay.ts";
import { createNameResolver } from "../../../lib/sys/host/name_resolver.ts";
import { createNetwork } from "../../../lib/sys/host/network.ts";
import { missingInterfaces, warnOfMissing } from "./missing_interfaces.ts";
import { createPoolAgent } from "../agent_parts.ts";
import { createInformers, createRecorder } from "../informers.ts";
import { ipamOf, leasesOf, macCacheOf, networksOf, unknownOf } from "../dumps.ts";
import type { ProcessParts } from "../process_parts.ts";
import type { Check } from "../../../lib/endpoints/http_endpoints.ts";
import type { Dump } from "../../../lib/endpoints/shared_dumps.ts";

export interface StandaloneHostOptions {
  readonly client: KubeClient;
  /** Interface by `namespace/name` of the VM network; others say theirs themselves. */
  readonly interfaces: ReadonlyMap<string, string>;
  /** Writes a line at debug for each packet. */
  readonly logPackets: boolean;
  /** Writes a line at info for each message of a client and each reply. */
  readonly logLeases: boolean;
  /** Whether NICs have no series of their own. */
  readonly addressReuseGraceMs: number | undefined;
  readonly withoutNicSeries: boolean;
}

/** What runs, and what it says of itself. */
export interface StandaloneHost {
  /** Sentences that say why DHCP is not served in full; empty when it is. */
  unready(): readonly string[];
  /** What somebody should know though DHCP is served. */
  notes(): readonly string[];
  /** VM networks with their interfaces, as `namespace/name=interface`. */
  interfaces(): readonly string[];
  /** Whether the loops that take the packets work. */
  healthChecks(): readonly Check[];
  /** Pools and VM networks that have dumps. */
  pools(): readonly string[];
  networks(): readonly string[];
  ipam(network: string): Dump | undefined;
  cache(network: string): Dump | undefined;
  leases(pool: string | undefined, isVerbose: boolean): Dump | undefined;
  unknown(pool: string | undefined): Dump | undefined;
  /**
   * Resolves once clients are answered from the record, wherever their interface allows it. What is not
   * needed for that waits for it; but no longer than a moment.
   */
  answering(signal: AbortSignal): Promise<void>;
  /**
   * Serves until the signal aborts, then ends agents first, so that none outlives its record.
   *
   * @param prepared The controller begins after it. It would plan a pool again for each object of a
   * large manifest that is being applied.
   */
  run(signal: AbortSignal, prepared: Promise<void>): Promise<void>;
}

/** For a list of pools and their tables; more only where the record cannot be read. */
const ANSWERING_MS_MAX = 2000;
const LOOK_MS = 2;

/** Makes controller and agents; nothing runs yet. */
export function createStandaloneHost(
  { client, interfaces, logPackets, logLeases, ...options }: StandaloneHostOptions,
  parts: ProcessParts,
): StandaloneHost {
  const informers = createInformers(client, parts);
  const ippools = informers.of(IPPOOL_KIND);
  const recorder = createRecorder(client, parts);
  const networkInterfaces = new NetworkInterfaces({
    ...parts,
    fixed: interfaces,
    networks: informers.of(NETWORK_KIND),
  });
  const system = {
    network: createNetwork(() => networkInterfaces.size),
    resolver: createNameResolver(),
    logPackets,
    logLeases,
  };
  const agents = new AgentSet({
    pools: ippools,
    interfaces: networkInterfaces,
    createAgent: (pool, interfaceName, onStatusChange) =>
      createPoolAgent({ client, pool, interfaceName, onStatusChange, ...system }, parts),
    onStatusChange: (poolKey) => controller.enqueueIPPool(poolKey),
    ...parts,
  });
  const controller = createController({
    ...parts,
    ...{ client, informers, recorder, agents, localAgents: agents },
    ...options,
  });
  const sources = { interfaces: networkInterfaces, agents, network: system.network };
  const isSynced = () => ippools.synced && networkInterfaces.synced && agents.synced;
  return {
    answering: (signal) => untilSynced(isSynced, parts.clock, signal),
    interfaces: () => networkInterfaces.entries().map(([network, name]) => `${network}=${name}`),
    unready: () => [...informers.unsynced(), ...agents.unready()],
    notes: () => [...agents.notes(), ...missingInterfaces(sources)],
    healthChecks: () => [{ name: "packet-loops", problem: agents.faults()[0] }],
    pools: () => [...agents.serving().keys()],
    networks: () => networksOf(ippools),
    ipam: (network) => ipamOf(ippools, network),
    cache: (network) => macCacheOf(ippools, network),
    leases: (pool, isVerbose) => leasesOf(agents.serving(), pool, isVerbose),
    unknown: (pool) => unknownOf(agents.serving(), pool),
    run: async (signal, prepared) => {
      prepared.then(() => {
        agents.tellOfLacks();
        warnOfMissing(sources, parts.log);
      });
      await Promise.all([
        informers.run(signal),
        prepared.then(() => controller.run(signal)),
        measureEventLoopDelay("vmdhcpagent", parts, signal),
      ]);
      await agents.close();
      await recorder.close();
    },
  };
}

async function untilSynced(
  isSynced: () => boolean,
  clock: ProcessParts["clock"],
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + ANSWERING_MS_MAX;
  while (!isSynced() && !signal.aborted) {
    if (clock.monotonicMs() > endMs) return;
    await clock.sleep(LOOK_MS, signal);
  }
}
