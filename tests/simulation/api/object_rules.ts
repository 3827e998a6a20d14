/** What an API server makes of the objects that it is given: metadata, generation, subresources. */

import { isJsonEqual, type JsonObject } from "../../../lib/base/json.ts";
import type { KubeObject, ObjectMeta } from "../../../lib/api/meta.ts";
import { StatusError } from "../../../lib/kube/contract.ts";

/** Kinds whose status is written by itself. */
const WITH_STATUS: ReadonlySet<string> = new Set([
  "ippools",
  "virtualmachinenetworkconfigs",
  "virtualmachines",
  "virtualmachineinstances",
]);

/** What the server adds to a new object. */
export interface Birth {
  readonly plural: string;
  readonly uid: string;
  readonly nowIso: string;
}

/** A new object as the server keeps it, without its version. */
export function createdObject(given: KubeObject, { plural, uid, nowIso }: Birth): KubeObject {
  const { status, ...rest } = asJson(given);
  const { resourceVersion: _, deletionTimestamp: __, ...metadata } = rest.metadata;
  return {
    ...rest,
    ...(WITH_STATUS.has(plural) || status === undefined ? {} : { status }),
    metadata: { ...metadata, uid, creationTimestamp: nowIso, generation: 1 },
  } as KubeObject;
}

/**
 * What becomes of an object that is written over.
 *
 * @returns The current object itself when nothing changes.
 * @throws {StatusError} 422 when a finalizer is added to an object that goes.
 */
export function replacedObject(
  current: KubeObject,
  given: KubeObject,
  { plural, subresource }: { readonly plural: string; readonly subresource?: "status" | undefined },
): KubeObject {
  const { metadata, status, ...body } = asJson(given);
  const own = WITH_STATUS.has(plural);
  if (subresource === "status") return changed(current, { ...current, status });
  const generation = (current.metadata.generation ?? 0) + (sameBody(current, body) ? 0 : 1);
  const next = {
    ...body,
    ...(own ? { status: current.status } : { status }),
    metadata: { ...keptMetadata(current.metadata, metadata), generation },
  } as KubeObject;
  refuseNewFinalizers(current, next);
  return changed(current, next);
}

/** An object that waits for its finalizers. */
export function deletedObject(current: KubeObject, nowIso: string): KubeObject {
  const { metadata } = current;
  const generation = (metadata.generation ?? 0) + 1;
  return { ...current, metadata: { ...metadata, deletionTimestamp: nowIso, generation } };
}

/** Whether nothing keeps an object any more. */
export function isReleased({ metadata }: KubeObject): boolean {
  return metadata.deletionTimestamp !== undefined && (metadata.finalizers ?? []).length === 0;
}

/** A value as it is after its way over the wire: fields that are `undefined` are gone. */
export function asJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

function keptMetadata(current: ObjectMeta, given: ObjectMeta): ObjectMeta {
  const { uid, creationTimestamp, deletionTimestamp } = current;
  const { finalizers, deletionTimestamp: _, resourceVersion: __, ...rest } = given;
  return {
    ...rest,
    ...(uid === undefined ? {} : { uid }),
    ...(creationTimestamp === undefined ? {} : { creationTimestamp }),
    ...(deletionTimestamp === undefined ? {} : { deletionTimestamp }),
    ...(finalizers === undefined || finalizers.length === 0 ? {} : { finalizers }),
  };
}

function refuseNewFinalizers(current: KubeObject, next: KubeObject): void {
  if (current.metadata.deletionTimestamp === undefined) return;
  const before = current.metadata.finalizers ?? [];
  if ((next.metadata.finalizers ?? []).every((each) => before.includes(each))) return;
  const message = "metadata.finalizers: Forbidden: no new finalizers can be added if the object " +
    "is being deleted";
  throw new StatusError(422, "Invalid", message);
}

function sameBody(current: KubeObject, body: JsonObject): boolean {
  const { metadata: _, status: __, ...before } = current;
  return isJsonEqual(before, body);
}

/** A write that changes nothing gives no new version. */
function changed(current: KubeObject, next: KubeObject): KubeObject {
  const { resourceVersion: _, ...metadata } = current.metadata;
  const plain = asJson(next);
  return isJsonEqual({ ...current, metadata }, { ...plain, metadata: withoutVersion(plain) })
    ? current
    : plain;
}

function withoutVersion({ metadata }: KubeObject): ObjectMeta {
  const { resourceVersion: _, ...rest } = metadata;
  return rest;
}
