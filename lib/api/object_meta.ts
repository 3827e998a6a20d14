/** Readers of what all kinds share: `metadata` and `status.conditions`. */

import { defined } from "../base/json.ts";
import type { JsonObject } from "../base/json.ts";
import { FieldErrors } from "./field_errors.ts";
import { FieldReader } from "./field_reader.ts";
import { apiVersionOf } from "./resources.ts";
import type {
  Condition,
  KubeObject,
  ObjectMeta,
  OwnerReference,
  Parsed,
  ResourceType,
} from "./meta.ts";

/** Reads one kind of object from JSON; `read` gets the reader of the whole object. */
export function parseObject<T>(
  raw: unknown,
  type: ResourceType,
  read: (root: FieldReader, metadata: ObjectMeta) => T,
): Parsed<T> {
  const errors = new FieldErrors();
  const root = FieldReader.of(raw, "", errors);
  expectConstant(root, "apiVersion", apiVersionOf(type));
  expectConstant(root, "kind", type.kind);
  const value = read(root, readObjectMeta(root));
  return errors.list.length === 0 ? { ok: true, value } : { ok: false, errors: errors.list };
}

/**
 * What is kept of an object that a server sent: `managedFields` is large and of no use to a reader, and a list
 * holds all its objects until it is complete. Left out, not deleted: an object that a property was deleted from
 * takes several times the memory.
 */
export function withoutManagedFields(object: KubeObject): KubeObject {
  const { managedFields: _, ...metadata }: ManagedMeta = object.metadata;
  return { ...object, metadata };
}

type ManagedMeta = ObjectMeta & { readonly managedFields?: unknown };

/** Reads `metadata`. */
function readObjectMeta(root: FieldReader): ObjectMeta {
  // Go clients send fields they never set as null, which means absent (creationTimestamp: null).
  const child = root.child("metadata");
  const meta = FieldReader.of(withoutNulls(child.object), child.path, root.errors);
  return meta.shared({
    name: meta.string("name"),
    ...defined({
      namespace: meta.optionalString("namespace"),
      generateName: meta.optionalString("generateName"),
      uid: meta.optionalString("uid"),
      resourceVersion: meta.optionalString("resourceVersion"),
      generation: meta.optionalInteger("generation"),
      creationTimestamp: meta.optionalString("creationTimestamp"),
      deletionTimestamp: meta.optionalString("deletionTimestamp"),
      finalizers: meta.optionalStrings("finalizers"),
      labels: meta.optionalStringMap("labels"),
      annotations: meta.optionalStringMap("annotations"),
      ownerReferences: meta.has("ownerReferences")
        ? meta.sharedList(
          "ownerReferences",
          meta.children("ownerReferences").map(readOwnerReference),
        )
        : undefined,
    }),
  });
}

/** Reads `status.conditions`; `undefined` when there is no such list. */
export function readConditions(status: FieldReader): readonly Condition[] | undefined {
  if (!status.has("conditions")) return undefined;
  const read = status.children("conditions").map(readCondition);
  return status.sharedList("conditions", read);
}

function readCondition(condition: FieldReader): Condition {
  const { observedGeneration } = condition.object;
  return condition.shared({
    type: condition.string("type"),
    status: readConditionStatus(condition),
    ...defined({
      reason: condition.optionalString("reason"),
      message: condition.optionalString("message"),
      lastUpdateTime: condition.optionalString("lastUpdateTime"),
      lastTransitionTime: condition.optionalString("lastTransitionTime"),
      // Nothing here depends on it, so an invalid one is dropped.
      observedGeneration: typeof observedGeneration === "number" ? observedGeneration : undefined,
    }),
  });
}

function readConditionStatus(condition: FieldReader): Condition["status"] {
  const status = condition.string("status");
  // Any other word tells as little as "Unknown" does.
  return status === "True" || status === "False" ? status : "Unknown";
}

function readOwnerReference(reference: FieldReader): OwnerReference {
  return reference.shared({
    apiVersion: reference.string("apiVersion"),
    kind: reference.string("kind"),
    name: reference.string("name"),
    uid: reference.string("uid"),
    ...defined({
      controller: reference.optionalBoolean("controller"),
      blockOwnerDeletion: reference.optionalBoolean("blockOwnerDeletion"),
    }),
  });
}

function expectConstant(root: FieldReader, key: string, expected: string): void {
  const text = root.string(key);
  if (text !== expected) root.errors.add(key, `must be ${expected}, not ${JSON.stringify(text)}`);
}

function withoutNulls(object: JsonObject): JsonObject {
  if (!hasNull(object)) return object;
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
}

function hasNull(object: JsonObject): boolean {
  for (const key of Object.keys(object)) if (object[key] === null) return true;
  return false;
}
