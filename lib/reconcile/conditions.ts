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
 * A condition says how things are. One of a type in `own` that is not wanted any more goes, and the
 * order does not depend on which came first.
 *
 * @param current `status.conditions` as the server sent it.
 * @param own The types that are written here, beside those of `wanted`.
 */
export function withConditions(
  current: unknown,
  { wanted, own }: { readonly wanted: readonly WantedCondition[]; readonly own: readonly string[] },
  nowIso: string,
): readonly JsonObject[] {
  const conditions = (Array.isArray(current) ? current : []).filter(isJsonObject);
  const ours = new Set<unknown>([...own, ...wanted.map(({ type }) => type)]);
  const known = new Map(conditions.map((condition) => [condition.type, condition]));
  return [
    ...conditions.filter(({ type }) => !ours.has(type)),
    ...wanted.map((next) => changed(known.get(next.type) ?? {}, next, nowIso)),
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
