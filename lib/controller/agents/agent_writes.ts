/** Carries out the steps of a plan for agents. */

import { isJsonEqual } from "../../base/json.ts";
import { type KubeObject, namespacedNameOf } from "../../api/meta.ts";
import { isNamespaceGoing, isStatus } from "../../kube/contract.ts";
import { poolOfAgent } from "../../reconcile/agent_deployment/agent_names.ts";
import type { AgentStep } from "../../reconcile/agent_deployment/agent_world.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";
import { nameTaken, noNamespace, type Refusal, refusalOf, unreadableKind } from "./refusal.ts";

/**
 * How a write went: what keeps it from being made, or that it has to be tried again a little later, after
 * the object got its labels back or without any write.
 */
export type StepResult = "done" | "labelled" | "later" | Refusal;

/**
 * Makes one write.
 *
 * @throws {StatusError} 409 when the step has to be planned again, from what was read meanwhile.
 */
export async function writeStep(
  step: AgentStep,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  const { refusal } = writer.cache;
  // Nothing is known of such objects, so that each of them would be made again and again.
  if (refusal !== undefined) return refusal.code === 404 ? "done" : unreadableKind(refusal);
  const { metadata } = step.object;
  const what = `${step.do} ${step.type.kind} ${metadata.namespace}/${metadata.name}`;
  try {
    return await write(step, writer, signal);
  } catch (error) {
    if (isNamespaceGoing(error)) return "done";
    if (isStatus(error, 404)) {
      // What is gone needs no write, and the watch tells of it.
      return step.do === "create" ? noNamespace(metadata.namespace ?? "") : "done";
    }
    const refused = refusalOf(error, what);
    if (refused === undefined) throw error;
    return refused;
  }
}

async function write(
  step: AgentStep,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  switch (step.do) {
    case "create":
      return await create(step.object, writer, signal);
    case "replace":
      return await replace(step.object, writer, signal);
    case "delete":
      return await remove(step.object, writer, signal);
    default:
      return step satisfies never;
  }
}

async function create(
  object: KubeObject,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  try {
    await writer.create(object, signal);
    return "done";
  } catch (error) {
    if (!isStatus(error, 409) || isNamespaceGoing(error)) throw error;
    const found = await writer.read(namespacedNameOf(object), signal);
    // One of ours the watch has still to bring, and one that goes frees its name.
    if (found === undefined || found.metadata.deletionTimestamp !== undefined) return "later";
    if (poolOfAgent(found.metadata) !== poolOfAgent(object.metadata)) return nameTaken(found);
    return await label(found, object, writer, signal);
  }
}

/** Puts back the labels of an object that somebody took away: without them, no watch brings it. */
async function label(
  found: KubeObject,
  wished: KubeObject,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  const labels = { ...found.metadata.labels, ...wished.metadata.labels };
  if (isJsonEqual(labels, found.metadata.labels)) return "later";
  await writer.replace({ ...found, metadata: { ...found.metadata, labels } }, signal);
  return "labelled";
}

async function replace(
  object: KubeObject,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  try {
    await writer.replace(object, signal);
    return "done";
  } catch (error) {
    if (isStatus(error, 409)) await writer.read(namespacedNameOf(object), signal);
    throw error;
  }
}

/** Any version of this object: its status changes all the time. Another one of its name stays. */
async function remove(
  { metadata }: Pick<KubeObject, "metadata">,
  writer: ObjectWriter<unknown>,
  signal: AbortSignal,
): Promise<StepResult> {
  const { resourceVersion: _, ...identity } = metadata;
  try {
    await writer.delete({ metadata: identity }, signal);
  } catch (error) {
    if (!isStatus(error, 409)) throw error;
  }
  return "done";
}
