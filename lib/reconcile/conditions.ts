/** Conditions of a status (Kubernetes API conventions, "Typical status properties"). */

import type { JsonObject } from "../base/json.ts";
import { isJsonObject } from "../base/json.ts";
import { isJsonEqual } from "../base/json.ts";
import type { Condition } from "../api/meta.ts";

/** A condition without its times. */
export interface WantedCondition {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
}

/**
 * Lays conditions over those of a status. Others stay, and so do unknown fields; the times change
 * only with what they are the times of.
 *
 * @param current `status.conditions` as the server sent it.
 */
export function withConditions(
  current: unknown,
  wanted: readonly WantedCondition[],
  nowIso: string,
): readonly JsonObject[] {
  const conditions = (Array.isArray(current) ? current : []).filter(isJsonObject);
  const known = new Set(conditions.map((condition) => condition.type));
  return [
    ...conditions.map((condition) => {
      const next = wanted.find(({ type }) => type === condition.type);
      return next === undefined ? condition : changed(condition, next, nowIso);
    }),
    ...wanted.filter(({ type }) => !known.has(type)).map((next) => changed({}, next, nowIso)),
  ];
}

/** The message of a condition of this type; empty when there is none. */
export function conditionMessageOf(current: unknown, type: string): string {
  const conditions = (Array.isArray(current) ? current : []).filter(isJsonObject);
  const message = conditions.find((condition) => condition.type === type)?.message;
  return typeof message === "string" ? message : "";
}

function changed(current: JsonObject, wanted: WantedCondition, nowIso: string): JsonObject {
  const next = { ...current, ...wanted };
  if (isJsonEqual(current, next)) return current;
  const lastTransitionTime = current.status === wanted.status
    ? current.lastTransitionTime ?? nowIso
    : nowIso;
  return { ...next, lastUpdateTime: nowIso, lastTransitionTime };
}
