/**
 * Plans one object of an agent: made, mended, or left as it is.
 *
 * An object that was just written and is not as it was asked for was changed on its way in, by a webhook
 * or by an API server that does not know a field. To write it again would give the same, for ever. An
 * object that somebody has edited looks alike. So what differs is written once more and noted in an annotation:
 * if it still differs then, it is the cluster's, and left alone.
 */

import { type JsonObject, objectAt, parseJson } from "../../../base/json.ts";
import type { KubeObject, ResourceType } from "../../../api/meta.ts";
import { sha256 } from "../agent_names.ts";
import type { AgentStep } from "../agent_world.ts";
import { objectShapeOf } from "../field_shape.ts";
import { strategicMerge } from "../wish/strategic_merge.ts";
import { contains, repairOf } from "./object_repair.ts";

/** Annotation: what was last asked for, as a hash and, behind it, the number of replicas. */
export const ASKED_ANNOTATION = "network.harvesterhci.io/agent-asked";

/** Annotation: a JSON list of the fields that the cluster stores with other values than were asked for. */
export const REWRITTEN_ANNOTATION = "network.harvesterhci.io/agent-fields-rewritten";

/** What `kubectl rollout restart` sets in a template. */
const RESTART_ANNOTATION = "kubectl.kubernetes.io/restartedAt";

/** Fields that cannot be changed, by kind. */
const IMMUTABLE: Readonly<Record<string, (object: KubeObject) => unknown>> = {
  Deployment: ({ spec }) => (spec as JsonObject).selector,
  RoleBinding: ({ roleRef }) => roleRef,
};

/**
 * Plans one object.
 *
 * @param stored As the cluster has it, and ours; `undefined` when it has none.
 * @returns `undefined` when it is as it should be, or is about to go.
 */
export function planObject(
  type: ResourceType,
  wished: KubeObject,
  stored: KubeObject | undefined,
): AgentStep | undefined {
  const asked = askedOf(wished);
  if (stored === undefined) return { do: "create", type, object: noted(wished, { asked }) };
  if (stored.metadata.deletionTimestamp !== undefined) return undefined;
  const immutable = IMMUTABLE[type.kind];
  if (immutable !== undefined && !contains(immutable(stored), immutable(wished))) {
    return { do: "delete", type, object: stored };
  }
  const object = mendedObject(wished, stored, asked);
  return object && { do: "replace", type, object };
}

/** What is asked for, and how many of it. */
interface Asked {
  readonly hash: string;
  readonly replicas: string;
}

function mendedObject(
  wished: KubeObject,
  stored: KubeObject,
  asked: Asked,
): KubeObject | undefined {
  const shape = objectShapeOf(wished.kind);
  const { value, mended } = repairOf(wished, stored, { shape, path: "" });
  const last = lastAskedOf(stored);
  const known = rewrittenFieldsOf(stored);
  const next = value as KubeObject;
  if (last?.hash !== asked.hash) {
    // An object that lost the annotation, and nothing else, needs it only when something is written.
    if (last === undefined && mended.length === 0) return undefined;
    // This also drops fields that are no longer asked for.
    const whole = { ...next, ...withRestart(wished, stored), metadata: next.metadata };
    return noted(whole, { asked, rewritten: known });
  }
  if (last.replicas !== asked.replicas) return noted(next, { asked, rewritten: known });
  const isSettled = mended.length === known.length &&
    mended.every((field) => known.includes(field));
  return isSettled ? undefined : noted(next, { asked, rewritten: mended });
}

/** With the mark of a restart that somebody ordered: to take it away would restart the pods once more. */
function withRestart(wished: KubeObject, { spec }: KubeObject): KubeObject {
  const annotations = objectAt(objectAt(objectAt(spec, "template"), "metadata"), "annotations");
  const mark = { [RESTART_ANNOTATION]: annotations[RESTART_ANNOTATION] };
  return mark[RESTART_ANNOTATION] === undefined ? wished : strategicMerge(wished, {
    spec: { template: { metadata: { annotations: mark } } },
  }) as KubeObject;
}

/** The fields of an object that the cluster stores with other values than were asked for. */
export function rewrittenFieldsOf({ metadata }: KubeObject): readonly string[] {
  const list = parseJson(metadata.annotations?.[REWRITTEN_ANNOTATION] ?? "[]");
  return Array.isArray(list) ? list.filter((field) => typeof field === "string") : [];
}

function noted(
  object: KubeObject,
  { asked, rewritten = [] }: { readonly asked: Asked; readonly rewritten?: readonly string[] },
): KubeObject {
  const { [REWRITTEN_ANNOTATION]: _, ...annotations } = object.metadata.annotations ?? {};
  return {
    ...object,
    metadata: {
      ...object.metadata,
      annotations: {
        ...annotations,
        [ASKED_ANNOTATION]: `${asked.hash} ${asked.replicas}`.trim(),
        ...(rewritten.length > 0 ? { [REWRITTEN_ANNOTATION]: JSON.stringify(rewritten) } : {}),
      },
    },
  };
}

/** The number of replicas is kept apart: changing it is no reason to write the whole specification. */
function askedOf(wished: KubeObject): Asked {
  const { replicas, ...spec } = (wished.spec ?? {}) as JsonObject;
  const hash = sha256(JSON.stringify({ ...wished, spec }));
  return { hash, replicas: replicas === undefined ? "" : String(replicas) };
}

function lastAskedOf({ metadata }: KubeObject): Asked | undefined {
  const [hash, replicas = ""] = metadata.annotations?.[ASKED_ANNOTATION]?.split(" ") ?? [];
  return hash === undefined ? undefined : { hash, replicas };
}
