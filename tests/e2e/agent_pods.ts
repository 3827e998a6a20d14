/** The agents of the pool of a site, as Kubernetes shows them. */

import type { JsonObject } from "../../lib/base/json.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { waitUntil } from "../support/harness/wait_until.ts";
import { isTrue, itemsOf, nameOf, type NodeCluster } from "../support/nodes/node_cluster.ts";

/** Name of their Deployment and of all that belongs to it: that of the pool `default/ippool-1`. */
export const AGENT = "default-ippool-1-agent";

/** Path of the agents' Pods, in whichever namespace. */
const AGENT_PODS = "/api/v1/pods?labelSelector=network.harvesterhci.io/vm-dhcp-controller%3Dagent";

/** A replacement on a node that has to notice first. */
const READY_MS_MAX = 120_000;

/** An agent's Pod. */
export interface AgentPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly image: string;
  readonly address: string;
  readonly restarts: number;
  readonly isReady: boolean;
}

/** The agents' Pods, those that are about to go as well. */
export async function agentsOf({ api }: NodeCluster): Promise<readonly AgentPod[]> {
  const { body } = await api.send("GET", AGENT_PODS);
  return itemsOf(body).map(agentPodOf);
}

/** Waits until so many agents are ready, or those that `isWanted` likes. @returns All that are. */
export function agentsReady(
  cluster: NodeCluster,
  count: number,
  isWanted: (pod: AgentPod) => boolean = () => true,
): Promise<readonly AgentPod[]> {
  return waitUntil(async () => {
    const ready = (await agentsOf(cluster)).filter((pod) => pod.isReady && isWanted(pod));
    return ready.length >= count ? ready : undefined;
  }, {
    what: `${count} agents`,
    limitMs: READY_MS_MAX,
    explain: async () =>
      `${JSON.stringify(await agentsOf(cluster), null, 1)}\n${await cluster.tail()}`,
  });
}

/** Kills the process of an agent, and nothing else of its Pod. */
export function killAgent(cluster: NodeCluster, { node, uid }: AgentPod): void {
  for (const pid of cluster.node(node).processesOf(uid, "vm-dhcp agent")) {
    Deno.kill(pid, "SIGKILL");
  }
}

/** Reads a Pod. */
function agentPodOf(pod: JsonObject): AgentPod {
  const [status] = (at(pod, "status.containerStatuses") ?? []) as readonly JsonObject[];
  const [container] = at(pod, "spec.containers") as readonly [JsonObject];
  return {
    name: nameOf(pod),
    uid: String(at(pod, "metadata.uid")),
    node: String(at(pod, "spec.nodeName")),
    image: String(container["image"]),
    address: String(at(pod, "status.podIP")),
    restarts: Number(status?.["restartCount"] ?? 0),
    isReady: isTrue(pod, "Ready") && at(pod, "metadata.deletionTimestamp") === undefined,
  };
}
