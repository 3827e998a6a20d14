/** Follows what agents consist of, pools and networks, and keeps the agents of each pool. */

import { type CachedKind, keyOf } from "../../api/meta.ts";
import type { Pod } from "../../api/workload/pod.ts";
import type { KubeClient } from "../../kube/contract.ts";
import { isReady } from "../../reconcile/agent_deployment/agent_pods.ts";
import { isRunning } from "../../reconcile/agent_deployment/pod_trouble.ts";
import type { AgentSettings } from "../../reconcile/agent_deployment/agent_world.ts";
import { IPPOOL_BY_AGENT, IPPOOL_BY_NETWORK } from "../../reconcile/kinds.ts";
import type { AgentObserver } from "../ippool/agent_observer.ts";
import { IPPOOL_CONTROLLER } from "../ippool/ippool_controller.ts";
import { type ControllerDescriptor, type Watch, watch } from "../runtime/controller_set.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";
import {
  isOtherNetwork,
  poolsAfterAgentObject,
  poolsAfterPod,
  poolsAfterPool,
} from "./agent_keys.ts";
import { agentKindsIn, StoredAgents } from "./agent_objects.ts";
import { DeployedAgents, type DeployedAgentsOptions } from "./deployed_agents.ts";
import { PodWarnings } from "./pod_warnings.ts";
import {
  AgentReports,
  type AgentReportsOptions,
  type AgentReportSources,
} from "./report/agent_reports.ts";
import type { AgentPod, AgentPodSource } from "./report/report_source.ts";

/** What is deployed as agents. */
export interface AgentDeployment {
  readonly settings: AgentSettings;
  /** How these are asked what they see on their networks; absent where they are not. */
  readonly reports?: AgentReportSources | undefined;
}

/** What else is needed to deploy agents. */
interface Parts extends
  Pick<DeployedAgentsOptions, "views" | "networks" | "log">,
  Omit<
    AgentReportsOptions,
    keyof AgentReportSources | keyof AgentPodSource | "hasAgents" | "secretVersionOf"
  > {
  readonly client: KubeClient;
  readonly writerOf: <T>(kind: CachedKind<T>) => ObjectWriter<T>;
}

/** The agents of all pools. */
interface Agents {
  readonly agents: AgentObserver;
  /** What they say; `undefined` where they are not asked. */
  readonly reports?: AgentReports | undefined;
  readonly agentControllers: readonly ControllerDescriptor[];
}

/** The agents of all pools, and their controller where they are deployed from here. */
export function agentsOf(
  given: AgentObserver | AgentDeployment,
  parts: Parts,
): Agents {
  if ("observe" in given) return { agents: given, agentControllers: [] };
  const { client, writerOf, enqueue } = parts;
  const { settings } = given;
  const { namespace } = settings;
  const kinds = agentKindsIn(namespace);
  const stored = new StoredAgents(client, {
    serviceAccount: writerOf(kinds.serviceAccount),
    role: writerOf(kinds.role),
    roleBinding: writerOf(kinds.roleBinding),
    podDisruptionBudget: writerOf(kinds.podDisruptionBudget),
    deployment: writerOf(kinds.deployment),
    reportSecret: writerOf(kinds.reportSecret),
    pods: writerOf(kinds.pods),
  }, namespace);
  const reports = given.reports && new AgentReports({
    ...parts,
    ...given.reports,
    agentPodsOf: (poolKey) => stored.podsOf(poolKey).map(agentPodOf),
    secretVersionOf: (pool) => stored.of(pool).reportSecret?.metadata.resourceVersion,
    hasAgents: (key) => settings.image !== undefined || stored.podsOf(key).length > 0,
  });
  const options: DeployedAgentsOptions = {
    ...parts,
    stored,
    warnings: new PodWarnings(client, namespace),
    settings,
    ensureReportCredentials: reports?.ensureSecret,
    unreadyOf: (poolKey, pod) => reports?.unreadyOf(poolKey, pod),
    onStatusChange: (poolKey) => enqueue(IPPOOL_CONTROLLER, poolKey),
  };
  const agents = new DeployedAgents(options);
  const controllers = [agentsController(agents, options), ...(reports?.controllers ?? [])];
  return { agents, reports, agentControllers: controllers };
}

/** A pod as the reader of reports needs it. */
function agentPodOf(pod: Pod): AgentPod {
  const { metadata, podIP } = pod;
  const ip = podIP === "" ? undefined : podIP;
  return { name: metadata.name, ip, ready: isReady(pod), runs: isRunning(pod) };
}

/** Its keys are those of pools, also of pools that are gone. */
function agentsController(
  agents: DeployedAgents,
  { stored, views, networks }: Pick<DeployedAgentsOptions, "stored" | "views" | "networks">,
): ControllerDescriptor {
  const { ippools } = views;
  const { pods, ...others } = stored.writers;
  const poolsBy = (index: string) => (value: string) =>
    ippools.byIndex(index, value).map(({ object }) => keyOf(object));
  const poolsCalled = poolsBy(IPPOOL_BY_AGENT);
  const poolsOn = poolsBy(IPPOOL_BY_NETWORK);
  const refused = () => agents.refusedPools();
  return {
    name: "vm-dhcp-agent-controller",
    workers: 4,
    watches: [
      watch(ippools, poolsAfterPool),
      whereAllowed(
        watch(networks, (change) => isOtherNetwork(change) ? poolsOn(change.key) : []),
        networks,
        refused,
      ),
      whereAllowed(watch(pods, poolsAfterPod), pods.cache, refused),
      ...Object.values(others).map((writer) =>
        whereAllowed(
          watch(writer, (change) => poolsAfterAgentObject(change, poolsCalled)),
          writer.cache,
          refused,
        )
      ),
    ],
    reconcile: (key, signal) => agents.reconcile(key, signal),
  };
}

/**
 * Waits for a kind no longer than until it is refused.
 *
 * @param refused Gives the pools that wait for it to be allowed.
 */
function whereAllowed(
  followed: Watch,
  kind: { whenAnswered(): Promise<void>; whenSynced(): Promise<void> },
  refused: () => readonly string[],
): Watch {
  return {
    whenSynced: () => kind.whenAnswered(),
    onKeys(enqueue) {
      followed.onKeys(enqueue);
      // It rejects at the end of a run.
      kind.whenSynced().then(() => enqueue(refused()), () => {});
    },
  };
}
