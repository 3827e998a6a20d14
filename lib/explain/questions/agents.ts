/** What agents of a pool are and say. */

import { keyOf, namespacedNameOf } from "../../api/meta.ts";
import type { Pod } from "../../api/workload/pod.ts";
import { agentPodsOf, isReady } from "../../reconcile/agent_deployment/agent_pods.ts";
import { conditionOf, type WantedCondition } from "../../reconcile/conditions.ts";
import type { PoolView } from "../../reconcile/ippool/pool_view.ts";
import { objectOf } from "../../reconcile/raw_fields.ts";
import { formatMacAddress, parseMacAddress } from "../../net/mac_address.ts";
import type { AgentAnswer, Finding, LastAsked, World } from "../contract.ts";
import type { AskingMachine } from "../../reconcile/agent_report.ts";
import type { NetworkFacts } from "../facts.ts";
import { findCondition, unread, well, wrong } from "../findings.ts";

/** Whether an agent of the pool answers, by the condition of the pool and by what pods there are. */
export function findReadyAgent({ key, object }: PoolView, world: World): Finding {
  const pods = podsOf(object.metadata, world);
  const ready = pods?.filter(isReady).length ?? 0;
  const counted = pods === undefined || pods.length === 0
    ? `an agent of ${key} answers`
    : `${ready} of ${pods.length} agents of ${key} are ready`;
  const condition = conditionOf(objectOf(object.status).conditions, "AgentReady");
  const found = findOfPods(condition) ?? findCondition(condition, counted);
  if (found !== undefined && found.verdict !== "ok") return found;
  if (pods !== undefined && pods.length > 0 && ready === 0) {
    return wrong(
      `none of the ${pods.length} agents of ${key} is ready`,
      `look at their pods: ${pods.map(keyOf).join(", ")}`,
    );
  }
  if (found !== undefined || ready > 0) return found ?? well(counted);
  if (!world.pods.ok) return unread(world.pods.why);
  return unread(`no agent of ${key} is known here, neither as a pod nor by the pool's conditions`);
}

/** Of several pods that are not ready, each for a reason of its own: the last one is no advice. */
function findOfPods(condition: WantedCondition | undefined): Finding | undefined {
  const { status, message = "" } = condition ?? {};
  return status === "False" && message.includes("; agent pod ")
    ? wrong(message, "look at each of these pods (kubectl describe pod), and at its log")
    : undefined;
}

/** `undefined` when pods could not be read. */
function podsOf(metadata: PoolView["object"]["metadata"], { pods }: World) {
  if (!pods.ok) return undefined;
  const read = pods.value.flatMap(({ parsed }): Pod[] => parsed.ok ? [parsed.value] : []);
  const { own, bare } = agentPodsOf(namespacedNameOf({ metadata }), read);
  return [...own, ...bare];
}

/** Why none of the agents could be asked; `undefined` when one answered. */
export function silenceOf(agents: readonly AgentAnswer[]): string | undefined {
  if (agents.some(({ leases }) => leases.ok)) return undefined;
  const [reason] = agents.flatMap(({ leases }) => leases.ok ? [] : [leases.why]);
  return reason ?? "no agent could be asked";
}

/** The last request of a client to any of the agents; `undefined` when none of them has seen it. */
export function lastAskedOf(
  macAddress: string,
  agents: readonly AgentAnswer[],
): LastAsked | undefined {
  const asked = agents.flatMap(({ leases }) =>
    leases.ok ? leases.value.get(macAddress)?.lastAsked ?? [] : []
  );
  return asked.sort((a, b) => Date.parse(b.time) - Date.parse(a.time))[0];
}

/**
 * The machines that asked the agents and that no object names, the last one first. A NIC that waits for an
 * address is unknown to agents, too, but an object names it.
 */
export function strangersOf(
  agents: readonly AgentAnswer[],
  { claims }: NetworkFacts,
): readonly AskingMachine[] {
  const byMac = new Map<string, AskingMachine>();
  for (const machine of agents.flatMap(({ unknown }) => unknown.ok ? unknown.value : [])) {
    const mac = parseMacAddress(machine.macAddress);
    if (mac === undefined || claims.owners.has(mac) || claims.held.has(mac)) continue;
    const name = formatMacAddress(mac);
    const known = byMac.get(name);
    byMac.set(name, known === undefined ? machine : later(known, machine));
  }
  return [...byMac.values()].sort((a, b) => Date.parse(b.lastSeen) - Date.parse(a.lastSeen));
}

/** Two agents see one machine. */
function later(a: AskingMachine, b: AskingMachine): AskingMachine {
  const [newer, older] = Date.parse(a.lastSeen) >= Date.parse(b.lastSeen) ? [a, b] : [b, a];
  const isFirst = Date.parse(older.firstSeen) < Date.parse(newer.firstSeen);
  return isFirst ? { ...newer, firstSeen: older.firstSeen } : newer;
}
