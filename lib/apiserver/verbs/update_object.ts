/** PUT and PATCH: changes an object, or its status. */

import type { JsonObject } from "../../base/json.ts";
import { isJsonEqual } from "../../base/json.ts";
import type { AdmissionRequest } from "../../admission/contract.ts";
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import { NAMESPACES } from "../../api/resources.ts";
import type { ApiContext, WriteAnswer } from "./api_context.ts";
import { keptNamespace, removeEmptyNamespace } from "./namespaces.ts";
import { admitted } from "../request/admission.ts";
import { decodePatchedObject, decodeSentObject } from "../request/object_decoding.ts";
import {
  metadataWarnings,
  validateFinalizersOfDeleted,
  validateMetadata,
  writableMetadata,
} from "../request/object_metadata.ts";
import { parseStored } from "../store/object_store.ts";
import type { ObjectKey } from "../store/queries.ts";
import { requireStorable } from "../store/object_size.ts";
import { removeObject, removeWaitingOwners } from "./removal.ts";
import type { Patch } from "../request/patch_body.ts";
import type { WriteOptions } from "../request/request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import type { ObjectTarget } from "../request/route.ts";
import {
  badRequest,
  conflict,
  invalid,
  invalidValue,
  modifiedConflict,
  notFound,
  type StatusCause,
} from "../http/status.ts";

/** A whole object as it was sent. */
export interface UpdateRequest {
  readonly body: unknown;
  readonly options: WriteOptions;
}

/** A patch as it came in. */
export interface PatchRequest {
  readonly patch: Patch;
  readonly options: WriteOptions;
}

/**
 * Replaces an object.
 *
 * @throws {ApiError} when it is refused; nothing is changed then.
 */
export function replaceObject(
  context: ApiContext,
  target: ObjectTarget,
  { body, options }: UpdateRequest,
): WriteAnswer {
  const { resource } = target;
  const current = readCurrent(context, target);
  const { object, warnings } = decodeSentObject(resource, body, options.fieldValidation);
  checkUid(target, current.metadata, object.metadata);
  const { dryRun } = options;
  const { stored, noted } = update(context, target, { current, wanted: object, dryRun });
  return {
    code: 200,
    body: stored,
    warnings: [...warnings, ...metadataWarnings(object), ...noted],
  };
}

/**
 * Applies a patch. A `metadata.resourceVersion` in the result must be that of the object.
 *
 * @throws {ApiError} when it is refused; nothing is changed then.
 */
export function patchObject(
  context: ApiContext,
  target: ObjectTarget,
  { patch, options }: PatchRequest,
): WriteAnswer {
  const { resource } = target;
  const current = readCurrent(context, target);
  const patched = patch(current);
  const { object, warnings } = decodePatchedObject(resource, patched, options.fieldValidation);
  const { dryRun } = options;
  const { stored, noted } = update(context, target, { current, wanted: object, dryRun });
  return {
    code: 200,
    body: stored,
    warnings: [...warnings, ...metadataWarnings(object), ...noted],
  };
}

interface Update {
  readonly current: KubeObject;
  readonly wanted: KubeObject;
  readonly dryRun: boolean;
}

/** What an update comes to, and what is worth a word about it. */
interface Updated {
  readonly stored: KubeObject;
  readonly noted: readonly string[];
}

function update(context: ApiContext, target: ObjectTarget, request: Update): Updated {
  const { resource, name } = target;
  const { current, wanted } = request;
  checkIdentity(target, current.metadata, wanted.metadata);
  const next = nextOf(target, current, wanted);
  const fixed = immutableMetadata(current.metadata, wanted.metadata);
  if (fixed.length === 0 && isJsonEqual(next, current)) return { stored: current, noted: [] };
  const causes = [
    ...fixed,
    ...validateMetadata(resource, next),
    ...validateFinalizersOfDeleted(current, next),
    ...resource.validate(next),
    ...resource.validateUpdate?.(current, next) ?? [],
  ];
  if (causes.length > 0) throw invalid(resource.type, name, causes);
  const noted = target.subresource === undefined
    ? admitUpdate(context, target, { current, next, dryRun: request.dryRun })
    : [];
  if (!request.dryRun) return { stored: store(context, target, { current, next }), noted };
  requireStorable(next, JSON.stringify(next), JSON.stringify(current));
  return { stored: next, noted };
}

function store(
  context: ApiContext,
  target: ObjectTarget,
  { current, next }: { current: KubeObject; next: KubeObject },
): KubeObject {
  const { resource } = target;
  const key = keyOfTarget(target);
  const before = context.store.get(key);
  const { deletionTimestamp, finalizers = [] } = next.metadata;
  const isNamespace = resource.type === NAMESPACES;
  const isReleased = deletionTimestamp !== undefined && finalizers.length === 0;
  if (isReleased && before !== undefined && !isNamespace) {
    context.store.transaction(() => removeObject(context, key, before));
    return next;
  }
  const stored = context.store.transaction(() => {
    const after = context.store.put(
      key,
      resource.toStored?.(next) ?? next,
      before,
      requireStorable,
    );
    if (current.metadata.ownerReferences !== undefined) {
      removeWaitingOwners(context, current.metadata.ownerReferences);
    }
    if (isNamespace) removeEmptyNamespace(context, target.name);
    return after;
  });
  return resource.toServed?.(stored) ?? stored;
}

function readCurrent({ store }: ApiContext, target: ObjectTarget): KubeObject {
  const { resource, name } = target;
  const text = store.get(keyOfTarget(target));
  if (text === undefined) throw notFound(resource.type, name);
  const stored = parseStored(text);
  return resource.toServed?.(stored) ?? stored;
}

/** The change must be meant for this object, in the state that it has. */
function checkIdentity(
  { resource, namespace, name }: ObjectTarget,
  current: ObjectMeta,
  wanted: ObjectMeta,
): void {
  if (wanted.name !== name) {
    throw badRequest(
      `the name of the object (${wanted.name}) does not match the name on the URL (${name})`,
    );
  }
  if ((wanted.namespace || namespace) !== namespace) {
    throw badRequest(
      `the namespace of the object (${wanted.namespace}) does not match the namespace on the ` +
        `URL (${namespace})`,
    );
  }
  const { resourceVersion = "" } = wanted;
  if (resourceVersion === "" && !resource.allowsUnconditionalUpdate) {
    const why = "must be specified for an update";
    const cause = invalidValue("metadata.resourceVersion", 0, why);
    throw invalid({ ...resource.type, kind: resource.type.plural }, name, [cause]);
  }
  if (resourceVersion !== "" && resourceVersion !== current.resourceVersion) {
    throw modifiedConflict(resource.type, name);
  }
}

/** A whole object with a uid is only for the object of that uid. */
function checkUid({ resource, name }: ObjectTarget, current: ObjectMeta, wanted: ObjectMeta): void {
  if ((wanted.uid || current.uid) === current.uid) return;
  const why = `Precondition failed: UID in precondition: ${wanted.uid}, UID in object meta: ` +
    `${current.uid}`;
  throw conflict(resource.type, name, why);
}

/**
 * What the server alone sets; leaving it out changes nothing. What is sent as the time of a deletion that
 * has begun is passed over, as in kube-apiserver: the client may have written it in another form.
 */
function immutableMetadata(current: ObjectMeta, wanted: ObjectMeta): StatusCause[] {
  const [was, is] = [current, wanted].map((metadata): JsonObject => ({ ...metadata }));
  const deletion = current.deletionTimestamp === undefined ? ["deletionTimestamp"] : [];
  return ["uid", "deletionGracePeriodSeconds", ...deletion].flatMap((key) =>
    (is![key] || was![key]) === was![key]
      ? []
      : [invalidValue(`metadata.${key}`, is![key], "field is immutable")]
  );
}

/** The object after the change: each endpoint changes its own part only. */
function nextOf(target: ObjectTarget, current: KubeObject, wanted: KubeObject): KubeObject {
  const { resource, subresource } = target;
  const kept = resource.type === NAMESPACES ? keptNamespace : (next: KubeObject) => next;
  if (subresource === "status") return kept(withStatusOf(current, wanted), current);
  const merged = { ...wanted, metadata: mergedMetadata(current.metadata, wanted.metadata) };
  const next = kept(resource.hasStatus ? withStatusOf(merged, current) : merged, current);
  if (!resource.hasGeneration || isJsonEqual(specOf(resource, next), specOf(resource, current))) {
    return next;
  }
  const generation = (current.metadata.generation ?? 0) + 1;
  return { ...next, metadata: { ...next.metadata, generation } };
}

function withStatusOf(object: KubeObject, other: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const status = other["status"];
  return { ...rest, ...(status === undefined ? {} : { status }) } as KubeObject;
}

/** What users may change, and everything else as it was. */
function mergedMetadata(current: ObjectMeta, wanted: ObjectMeta): ObjectMeta {
  const { labels: _l, annotations: _a, finalizers: _f, ownerReferences: _o, ...system } = current;
  return { ...system, ...writableMetadata(wanted) };
}

/** What `generation` counts the changes of. */
function specOf({ hasStatus }: Resource, object: KubeObject): JsonObject {
  const { metadata: _metadata, ...spec } = object;
  if (!hasStatus) return spec;
  const { status: _status, ...withoutStatus } = spec;
  return withoutStatus;
}

/** @returns What is worth a word about the change. */
function admitUpdate(
  { admission }: ApiContext,
  { resource, name }: ObjectTarget,
  { current, next, dryRun }: { current: KubeObject; next: KubeObject; dryRun: boolean },
): readonly string[] {
  const request: AdmissionRequest = {
    type: resource.type,
    operation: "UPDATE",
    object: next,
    oldObject: current,
    dryRun,
  };
  return admitted(admission, request, name);
}

function keyOfTarget({ resource, namespace, name }: ObjectTarget): ObjectKey {
  return { storage: resource.storage, namespace, name };
}
