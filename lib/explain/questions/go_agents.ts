/** Agents that the Go program has left: pods that nobody replaces, and that nobody takes away. */

import { keyOf, type KubeObject, nameOfKey } from "../../api/meta.ts";
import type { Pod } from "../../api/workload/pod.ts";
import { agentPodsOf, isLive } from "../../reconcile/agent_deployment/agent_pods.ts";
import {
  HOLD_UPGRADE_ANNOTATION,
  poolOfAgent,
} from "../../reconcile/agent_deployment/agent_names.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import type { Finding, StatusQuestion, World } from "../contract.ts";
import { unread, well, wrong } from "../findings.ts";

/** One finding for each such pod; none where there is none. */
export function findGoAgents({ pods, ippools }: World): ReturnType<StatusQuestion["ask"]> {
  if (!pods.ok) return [{ ...unread(pods.why), about: "agents of the Go program" }];
  const bare = pods.value.flatMap(({ parsed }) => parsed.ok ? [parsed.value] : [])
    .filter(isOfGoProgram);
  return bare.map((pod) => {
    const about = keyOf(pod);
    if (!ippools.ok) return { ...unread(ippools.why), about };
    const key = poolOfAgent(pod.metadata)!;
    const pool = ippools.value.find(({ object }) => keyOf(object) === key)?.object;
    return { ...findingOf(pod, key, pool), about };
  });
}

function isOfGoProgram(pod: Pod): boolean {
  const pool = poolOfAgent(pod.metadata);
  return pool !== undefined && isLive(pod) && agentPodsOf(nameOfKey(pool), [pod]).bare.length > 0;
}

function findingOf(
  { metadata: { namespace, name } }: Pod,
  key: string,
  pool: KubeObject | undefined,
): Finding {
  const is = `is an agent of the Go program for ippool ${key}`;
  const removal = `delete it: kubectl delete pod -n ${namespace} ${name}`;
  if (pool === undefined) return wrong(`${is}, which is gone`, removal);
  if (objectOf(pool.spec).paused === true) return wrong(`${is}, which is paused`, removal);
  if (Object.hasOwn(pool.metadata.annotations ?? {}, HOLD_UPGRADE_ANNOTATION)) {
    return well(`${is}, whose upgrade is held`);
  }
  return wrong(
    `${is}, and nothing replaces it when its node is gone`,
    "let the controller deploy agents (--image): it replaces it once one of them is ready",
  );
}
