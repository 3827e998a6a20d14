/** Rules for `metadata` that hold for every kind (API conventions, "Metadata"; RFC 1123 names). */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, ownValue, setOwn, stringAt } from "../../base/json.ts";
import type { KubeObject, ObjectMeta, OwnerReference } from "../../api/meta.ts";
import type { Resource } from "../kinds/resource.ts";
import {
  badRequest,
  forbiddenValue,
  invalidValue,
  requiredValue,
  type StatusCause,
} from "../http/status.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_CHARS_MAX = 63;
const SUBDOMAIN_CHARS_MAX = 253;
/** Octets that all annotations of an object may have, keys and values together. */
const ANNOTATIONS_BYTES_MAX = 256 * 1024;

const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters " +
  "or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', " +
  `regex used for validation is '${LABEL}')`;
const SUBDOMAIN_RULE = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric " +
  "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. " +
  `'example.com', regex used for validation is '${SUBDOMAIN}')`;
const QUALIFIED_RULE = "name part must consist of alphanumeric characters, '-', '_' or '.', and " +
  "must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or " +
  `'123-abc', regex used for validation is '${QUALIFIED}')`;
const LABEL_VALUE_RULE = "a valid label must be an empty string or consist of alphanumeric " +
  "characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. " +
  `'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${QUALIFIED})?')`;

const LABEL_PATTERN = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
const QUALIFIED_PATTERN = new RegExp(`^${QUALIFIED}$`);

type MetadataFieldType = "string" | "number" | "stringMap" | "strings" | "owners";

const TYPE_WORDS: Readonly<Record<MetadataFieldType, string>> = {
  string: "a string",
  number: "a number",
  stringMap: "an object whose values are strings",
  strings: "a list of strings",
  owners: "a list of owner references",
};

/** Fields of an owner reference, and their types. */
const OWNER_FIELDS: Readonly<Record<string, string>> = {
  apiVersion: "string",
  kind: "string",
  name: "string",
  uid: "string",
  controller: "boolean",
  blockOwnerDeletion: "boolean",
};

/** Fields of `metadata` that clients may send; the value says what type they must have. */
const METADATA_FIELDS: Readonly<Record<string, MetadataFieldType | "ignored">> = {
  name: "string",
  generateName: "string",
  namespace: "string",
  uid: "string",
  resourceVersion: "string",
  selfLink: "string",
  generation: "number",
  deletionGracePeriodSeconds: "number",
  creationTimestamp: "string",
  deletionTimestamp: "string",
  labels: "stringMap",
  annotations: "stringMap",
  finalizers: "strings",
  ownerReferences: "owners",
  managedFields: "ignored",
};

/**
 * Drops unknown and null fields of `metadata`; changes it.
 *
 * @returns Paths of the unknown fields.
 * @throws {ApiError} 400 when a field has the wrong type.
 */
export function normalizeMetadata(metadata: JsonObject): string[] {
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(metadata)) {
    const type = Object.hasOwn(METADATA_FIELDS, key) ? METADATA_FIELDS[key] : undefined;
    if (type === undefined) unknown.push(`metadata.${key}`);
    if (type === undefined || type === "ignored" || value === null) {
      delete metadata[key];
      continue;
    }
    if (type === "stringMap" && isJsonObject(value)) emptyNulls(value);
    if (!hasType(value, type)) {
      throw badRequest(`metadata.${key} has the wrong type: expected ${TYPE_WORDS[type]}`);
    }
  }
  const owners = Array.isArray(metadata["ownerReferences"]) ? metadata["ownerReferences"] : [];
  return [...unknown, ...owners.flatMap(normalizeOwner)];
}

/** A null in a map of texts is an empty text, as Go reads it; changes the map. */
function emptyNulls(map: JsonObject): void {
  for (const [key, value] of Object.entries(map)) if (value === null) setOwn(map, key, "");
}

/** Drops unknown and null fields of an owner reference; changes it. @returns Paths of unknown ones. */
function normalizeOwner(owner: JsonObject, i: number): string[] {
  return Object.keys(owner).flatMap((key) => {
    const isKnown = Object.hasOwn(OWNER_FIELDS, key);
    if (!isKnown || owner[key] === null) delete owner[key];
    return isKnown ? [] : [`metadata.ownerReferences[${i}].${key}`];
  });
}

/** Everything that is wrong with the metadata of an object that is written. */
export function validateMetadata(resource: Resource, object: KubeObject): StatusCause[] {
  const { metadata } = object;
  return [
    ...validateGenerateName(resource, metadata.generateName),
    ...validateName(resource, metadata.name),
    ...(metadata.namespace === undefined ? [] : validateNamespaceName(metadata.namespace)),
    ...Object.entries(metadata.labels ?? {}).flatMap(([key, value]) => [
      ...validateQualifiedName("metadata.labels", key),
      ...validateLabelValue(value),
    ]),
    ...Object.keys(metadata.annotations ?? {}).flatMap((key) =>
      validateQualifiedName("metadata.annotations", key.toLowerCase())
    ),
    ...validateAnnotationsSize(metadata.annotations ?? {}),
    ...(metadata.finalizers ?? []).flatMap((finalizer) =>
      validateQualifiedName("metadata.finalizers", finalizer)
    ),
    ...(metadata.ownerReferences ?? []).flatMap(validateOwner),
    ...validateControllers(metadata.ownerReferences ?? []),
  ];
}

/** Sentences about metadata that is allowed, but asks for trouble. */
export function metadataWarnings({ metadata: { finalizers = [] } }: KubeObject): string[] {
  return finalizers.filter((finalizer) => !finalizer.includes("/")).map((finalizer) =>
    `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer ` +
    "name to avoid accidental conflicts with other finalizer writers"
  );
}

/**
 * The metadata that users may write, without empty lists and maps, which mean the same as absent
 * ones.
 */
export function writableMetadata(metadata: ObjectMeta): Partial<ObjectMeta> {
  const { labels, annotations, finalizers, ownerReferences } = metadata;
  return {
    ...(Object.keys(labels ?? {}).length === 0 ? {} : { labels }),
    ...(Object.keys(annotations ?? {}).length === 0 ? {} : { annotations }),
    ...((finalizers ?? []).length === 0 ? {} : { finalizers }),
    ...((ownerReferences ?? []).length === 0 ? {} : { ownerReferences }),
  } as Partial<ObjectMeta>;
}

/** Finalizers may only go once an object is being deleted. */
export function validateFinalizersOfDeleted(before: KubeObject, after: KubeObject): StatusCause[] {
  if (before.metadata.deletionTimestamp === undefined) return [];
  const old = new Set(before.metadata.finalizers);
  const added = (after.metadata.finalizers ?? []).filter((finalizer) => !old.has(finalizer));
  if (added.length === 0) return [];
  const why = "no new finalizers can be added if the object is being deleted, found new " +
    `finalizers ${JSON.stringify(added)}`;
  return [forbiddenValue("metadata.finalizers", why)];
}

/** What is wrong with the name of a namespace. */
function validateNamespaceName(namespace: string): StatusCause[] {
  return namespace.length <= LABEL_CHARS_MAX && LABEL_PATTERN.test(namespace)
    ? []
    : [invalidValue("metadata.namespace", namespace, LABEL_RULE)];
}

function validateName(resource: Resource, name: string): StatusCause[] {
  if (name === "") return [requiredValue("metadata.name", "name or generateName is required")];
  return checkName(resource, { field: "metadata.name", name, value: name });
}

/** A generated name continues it, so it may end with a dash. */
function validateGenerateName(resource: Resource, prefix = ""): StatusCause[] {
  if (prefix === "") return [];
  const name = prefix.replace(/-$/, "a");
  return checkName(resource, { field: "metadata.generateName", name, value: prefix });
}

function checkName(
  { namesAreLabels }: Resource,
  { field, name, value }: { field: string; name: string; value: string },
): StatusCause[] {
  const charsMax = namesAreLabels ? LABEL_CHARS_MAX : SUBDOMAIN_CHARS_MAX;
  if (name.length > charsMax) {
    return [invalidValue(field, value, `must be no more than ${charsMax} characters`)];
  }
  const pattern = namesAreLabels ? LABEL_PATTERN : SUBDOMAIN_PATTERN;
  const rule = namesAreLabels ? LABEL_RULE : SUBDOMAIN_RULE;
  return pattern.test(name) ? [] : [invalidValue(field, value, rule)];
}

function validateQualifiedName(field: string, key: string): StatusCause[] {
  const rule = brokenRuleOf(key);
  return rule === undefined ? [] : [invalidValue(field, key, rule)];
}

/** Whether a label can have this key. */
export function isLabelKey(key: string): boolean {
  return brokenRuleOf(key) === undefined;
}

/** The rule for qualified names that a text breaks. */
function brokenRuleOf(key: string): string | undefined {
  const slash = key.indexOf("/");
  const prefix = slash < 0 ? undefined : key.slice(0, slash);
  if (prefix !== undefined && !isSubdomain(prefix)) return `prefix part ${SUBDOMAIN_RULE}`;
  const name = key.slice(slash + 1);
  const isName = name.length <= LABEL_CHARS_MAX && QUALIFIED_PATTERN.test(name);
  return isName ? undefined : QUALIFIED_RULE;
}

// Lengths come before patterns: these patterns take quadratic time on long texts that do not match.
function isSubdomain(text: string): boolean {
  return text.length <= SUBDOMAIN_CHARS_MAX && SUBDOMAIN_PATTERN.test(text);
}

function validateLabelValue(value: string): StatusCause[] {
  return isLabelValue(value) ? [] : [invalidValue("metadata.labels", value, LABEL_VALUE_RULE)];
}

/** Whether a label can have this value. */
export function isLabelValue(value: string): boolean {
  return value === "" || (value.length <= LABEL_CHARS_MAX && QUALIFIED_PATTERN.test(value));
}

function validateAnnotationsSize(annotations: Readonly<Record<string, string>>): StatusCause[] {
  const encoder = new TextEncoder();
  const bytes = Object.entries(annotations).flat()
    .reduce((sum, text) => sum + encoder.encode(text).length, 0);
  if (bytes <= ANNOTATIONS_BYTES_MAX) return [];
  const message = `Too long: may not be more than ${ANNOTATIONS_BYTES_MAX} bytes`;
  return [{ reason: "FieldValueTooLong", message, field: "metadata.annotations" }];
}

function validateOwner(owner: unknown): StatusCause[] {
  return ["apiVersion", "kind", "name", "uid"].flatMap((key) =>
    stringAt(owner, key) === ""
      ? [invalidValue(`metadata.ownerReferences.${key}`, "", "must not be empty")]
      : []
  );
}

function validateControllers(owners: readonly OwnerReference[]): StatusCause[] {
  const controllers = owners.filter(({ controller }) => controller === true);
  if (controllers.length < 2) return [];
  const names = controllers.map(({ kind, name }) => `${kind}/${name}`).join(", ");
  const why = `Only one reference can have Controller set to true. Found ${names}`;
  return [invalidValue("metadata.ownerReferences", owners, why)];
}

function hasType(value: unknown, type: MetadataFieldType): boolean {
  switch (type) {
    case "stringMap":
      return isJsonObject(value) && Object.values(value).every((item) => typeof item === "string");
    case "strings":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "owners":
      return Array.isArray(value) && value.every(isOwner);
    case "string":
      return typeof value === "string";
    case "number":
      return typeof value === "number";
    default:
      return type satisfies never;
  }
}

/** Whether the known fields have their types; nulls mean that the field is absent. */
function isOwner(value: unknown): boolean {
  return isJsonObject(value) &&
    Object.entries(OWNER_FIELDS).every(([key, type]) => {
      const member = ownValue(value, key) ?? undefined;
      return member === undefined || typeof member === type;
    });
}
