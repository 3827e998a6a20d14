/** POST: makes an object. */

import { formatInstant } from "../../base/rfc3339.ts";
import type { KubeObject, ObjectMeta } from "../../api/meta.ts";
import { NAMESPACES } from "../../api/resources.ts";
import type { ApiContext, WriteAnswer } from "./api_context.ts";
import { completeNamespace, ensureNamespace, refuseInNamespace } from "./namespaces.ts";
import { admitted, withDefaults } from "../request/admission.ts";
import { decodeSentObject } from "../request/object_decoding.ts";
import {
  metadataWarnings,
  validateMetadata,
  writableMetadata,
} from "../request/object_metadata.ts";
import type { WriteOptions } from "../request/request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import type { CollectionTarget } from "../request/route.ts";
import { requireStorable } from "../store/object_size.ts";
import { alreadyExists, badRequest, invalid } from "../http/status.ts";

/** Consonants and digits, so that no words appear and nothing is mistaken for another. */
const SUFFIX_ALPHABET = "bcdfghjklmnpqrstvwxz2456789";
const SUFFIX_CHARS = 5;
/** Leaves room for the suffix in a DNS label of 63 characters. */
const GENERATE_NAME_CHARS_MAX = 58;
const GENERATE_ATTEMPTS_MAX = 8;

/**
 * Creates an object.
 *
 * @param body The object as sent; it is used up.
 * @throws {ApiError} when it is refused; nothing is stored then.
 */
export function createObject(
  context: ApiContext,
  { resource, namespace = "" }: CollectionTarget,
  request: { readonly body: unknown; readonly options: WriteOptions },
): WriteAnswer {
  const { body, options } = request;
  const decoded = decodeSentObject(resource, body, options.fieldValidation);
  const sent = decoded.object;
  const warnings = [...decoded.warnings, ...metadataWarnings(sent)];
  checkSentMetadata(sent.metadata, namespace);
  const name = sent.metadata.name || freeName(context, resource, { namespace, sent });
  const object = withDefaults(
    context.admission,
    resource.type,
    prepare(context, resource, { sent, namespace, name }),
  );
  const causes = [...validateMetadata(resource, object), ...resource.validate(object)];
  if (causes.length > 0) throw invalid(resource.type, name, causes);
  const { dryRun } = options;
  const admission = { type: resource.type, operation: "CREATE", object, dryRun } as const;
  warnings.push(...admitted(context.admission, admission, name));
  const key = { storage: resource.storage, namespace, name };
  if (context.store.get(key) !== undefined) throw alreadyExists(resource.type, name);
  const mayMakeIt = resource.isWrittenByPrograms !== true;
  refuseInNamespace(context, namespace, { type: resource.type, name, mayMakeIt });
  if (dryRun) {
    requireStorable(object, JSON.stringify(object));
    return { code: 201, body: object, warnings };
  }
  const stored = context.store.transaction(() => {
    ensureNamespace(context, namespace);
    const wanted = resource.toStored?.(object) ?? object;
    return context.store.put(key, wanted, undefined, requireStorable);
  });
  return { code: 201, body: resource.toServed?.(stored) ?? stored, warnings };
}

function checkSentMetadata(metadata: ObjectMeta, namespace: string): void {
  if (!["", "0"].includes(metadata.resourceVersion ?? "")) {
    throw badRequest("resourceVersion should not be set on objects to be created");
  }
  if ((metadata.namespace || namespace) !== namespace) {
    throw badRequest(
      "the namespace of the provided object does not match the namespace sent on the request",
    );
  }
}

/** The object with all that the server sets itself. */
function prepare(
  { nowMs }: ApiContext,
  resource: Resource,
  { sent, namespace, name }: { sent: KubeObject; namespace: string; name: string },
): KubeObject {
  const { generateName } = sent.metadata;
  const metadata: ObjectMeta = {
    name,
    ...(generateName === undefined ? {} : { generateName }),
    ...(namespace === "" ? {} : { namespace }),
    uid: crypto.randomUUID(),
    ...(resource.hasGeneration ? { generation: 1 } : {}),
    creationTimestamp: formatInstant(nowMs()),
    ...writableMetadata(sent.metadata),
  };
  const { status: _status, ...withoutStatus } = sent;
  const { initialStatus: status } = resource;
  const object = {
    ...(resource.hasStatus ? withoutStatus : sent),
    ...(status === undefined ? {} : { status }),
    metadata,
  } as KubeObject;
  return resource.type === NAMESPACES ? completeNamespace(object) : object;
}

/** A free name that starts with `generateName`; empty when that is absent, or none was found. */
function freeName(
  { store }: ApiContext,
  { storage, type }: Resource,
  { namespace, sent }: { namespace: string; sent: KubeObject },
): string {
  const prefix = sent.metadata.generateName?.slice(0, GENERATE_NAME_CHARS_MAX);
  if (prefix === undefined || prefix === "") return "";
  for (let attempt = 0; attempt < GENERATE_ATTEMPTS_MAX; attempt++) {
    const name = prefix + randomSuffix();
    if (store.get({ storage, namespace, name }) === undefined) return name;
  }
  throw alreadyExists(type, prefix);
}

function randomSuffix(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(SUFFIX_CHARS));
  return Array.from(bytes, (byte) => SUFFIX_ALPHABET[byte % SUFFIX_ALPHABET.length]).join("");
}
