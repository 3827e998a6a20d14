/** Events about whether the agents of a pool answer. */

import type { Note } from "../../api/event_note.ts";
import type { KubeObject } from "../../api/meta.ts";
import { conditionOf, type WantedCondition } from "../conditions.ts";
import { objectOf } from "../raw_fields.ts";

/** An agent that begins or ends, or that was asked to, is no news. Another pool's network has its own condition. */
const ORDINARY_REASONS: readonly string[] = [
  ...["NotStarted", "NotSynced", "Stopped", "Paused", "NotRegistered"],
];

/** News only where agents did answer before. */
const STARTING = "Starting";

/**
 * Notes on what the condition `AgentReady` is about to say for the first time. What it says of a pool that
 * was just made is no news either.
 */
export function agentNotesOf(
  { status }: KubeObject,
  conditions: readonly WantedCondition[],
): readonly Note[] {
  const wanted = conditions.find(({ type }) => type === "AgentReady");
  const current = conditionOf(objectOf(status).conditions, "AgentReady");
  if (wanted === undefined || current === undefined) return [];
  const wasReady = current.status === "True";
  if (wanted.status === "True") {
    if (wasReady || ORDINARY_REASONS.includes(current.reason)) return [];
    return [{
      type: "Normal",
      reason: "AgentReady",
      note: wanted.message || "agents answer again",
    }];
  }
  if (ORDINARY_REASONS.includes(wanted.reason)) return [];
  if (!wasReady && [current.reason, STARTING].includes(wanted.reason)) return [];
  return [{ type: "Warning", reason: "AgentNotReady", note: wanted.message }];
}
