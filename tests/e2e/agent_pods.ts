/** The agents of the pool of a site, as Kubernetes shows them. */

import type { JsonObject } from "../../lib/base/json.ts";
import { at } from "../support/apiserver/api_connection.ts";
import { isTrue, nameOf } from "../support/nodes/node_cluster.ts";

/** Name of their Deployment and of all that belongs to it: that of the pool `default/ippool-1`. */
export const AGENT = "default-ippool-1-agent";

/** Path of the agents' Pods. */
export const AGENT_PODS =
  "/api/v1/namespaces/default/pods?labelSelector=network.harvesterhci.io/vm-dhcp-controller%3Dagent";

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

/** Reads a Pod. */
export function agentPodOf(pod: JsonObject): AgentPod {
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
