/** Conditions of a status (Kubernetes API conventions, "Typical status properties"). */

import { defined, isJsonEqual, isJsonObject, type JsonObject } from "../base/json.ts";
import type { Condition, KubeObject } from "../api/meta.ts";
import { objectOf } from "./raw_fields.ts";

/** A condition without its times. */
export interface WantedCondition {
  readonly type: string;
  readonly status: Condition["status"];
  readonly reason: string;
  readonly message: string;
}

/** The conditions of a status that are kept here. */
export interface OwnConditions {
  readonly wanted: readonly WantedCondition[];
  /** Their types, beside those of `wanted`. */
  readonly own: readonly string[];
  /** The generation of the specification that they speak of; `undefined` leaves what stands there. */
  readonly generation?: number | undefined;
}

/**
 * The fields of a status that say how things are, and for which generation of the specification:
 * `kubectl wait` believes no condition that is older than the specification.
 */
export function reportOf(
  { status, metadata: { generation } }: KubeObject,
  conditions: OwnConditions,
  nowIso: string,
): { readonly conditions: readonly JsonObject[]; readonly observedGeneration?: number } {
  const current = objectOf(status).conditions;
  return {
    conditions: withConditions(current, { ...conditions, generation }, nowIso),
    ...defined({ observedGeneration: generation }),
  };
}

/** Fields of `status.ipv4` that an older definition of pools does not have. */
const NEWER_FIELDS = ["total", "excluded", "reserved", "outOfRange", "networkShared"];

/**
 * Whether a status is as it should be.
 *
 * A definition of the Go version, which this controller may not be allowed to update, drops the fields
 * that it does not know from each write. They would be missed for ever: where one was dropped before,
 * they are no reason to write again.
 */
export function isSettled(current: JsonObject, next: JsonObject): boolean {
  return isJsonEqual(current, next) ||
    isDropped(current) && isJsonEqual(current, withoutNewerFields(next));
}

/** `Ready` and the generation come with one write. */
function isDropped({ conditions, observedGeneration }: JsonObject): boolean {
  return observedGeneration === undefined && Array.isArray(conditions) &&
    conditions.some((condition) => isJsonObject(condition) && condition.type === "Ready");
}

function withoutNewerFields({ observedGeneration: _, ...status }: JsonObject): JsonObject {
  const { conditions, ipv4 } = status as { conditions: readonly JsonObject[]; ipv4?: JsonObject };
  const kept = ipv4 && Object.fromEntries(
    Object.entries(ipv4).filter(([field]) => !NEWER_FIELDS.includes(field)),
  );
  return {
    ...status,
    ...defined({ ipv4: kept }),
    conditions: conditions.map(({ observedGeneration: _, ...condition }) => condition),
  };
}

/**
 * Lays conditions over those of a status. Others stay, and so do unknown fields; the times change
 * only with what they are the times of. A new generation alone changes no time.
 *
 * A condition says how things are. One of a type in `own` that is not wanted any more goes, and the
 * order does not depend on which came first.
 *
 * @param current `status.conditions` as the server sent it.
 */
export function withConditions(
  current: unknown,
  { wanted, own, generation }: OwnConditions,
  nowIso: string,
): readonly JsonObject[] {
  const conditions = (Array.isArray(current) ? current : []).filter(isJsonObject);
  const ours = new Set<unknown>([...own, ...wanted.map(({ type }) => type)]);
  const known = new Map(conditions.map((condition) => [condition.type, condition]));
  return [
    ...conditions.filter(({ type }) => !ours.has(type)),
    ...wanted.map((next) => {
      const condition = changed(known.get(next.type) ?? {}, next, nowIso);
      return generation === undefined || condition.observedGeneration === generation
        ? condition
        : { ...condition, observedGeneration: generation };
    }),
  ];
}

/** The condition of this type as it stands. */
export function conditionOf(current: unknown, type: string): WantedCondition | undefined {
  const conditions = (Array.isArray(current) ? current : []).filter(isJsonObject);
  const known = conditions.find((condition) => condition.type === type);
  if (known === undefined) return undefined;
  const { status, reason, message } = known;
  return {
    type,
    status: status === "True" || status === "False" ? status : "Unknown",
    reason: typeof reason === "string" ? reason : "",
    message: typeof message === "string" ? message : "",
  };
}

/** The message of a condition of this type; empty when there is none. */
export function conditionMessageOf(current: unknown, type: string): string {
  return conditionOf(current, type)?.message ?? "";
}

function changed(current: JsonObject, wanted: WantedCondition, nowIso: string): JsonObject {
  const { type, status, reason, message } = wanted;
  if (
    current.type === type && current.status === status && current.reason === reason &&
    current.message === message
  ) return current;
  const lastTransitionTime = current.status === status
    ? current.lastTransitionTime ?? nowIso
    : nowIso;
  return { ...current, ...wanted, lastUpdateTime: nowIso, lastTransitionTime };
}
