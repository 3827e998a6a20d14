/**
 * Reads namespaces in Kubernetes' Protobuf encoding, because `kubectl create namespace` sends
 * nothing else (kubernetes.io "API concepts, Protobuf encoding"; k8s.io/api core/v1 and
 * apimachinery meta/v1 and runtime, generated.proto). The other kinds are sent as JSON.
 */

import type { JsonObject } from "../../base/json.ts";

const MAGIC = [0x6b, 0x38, 0x73, 0x00];
/** Fields of `runtime.Unknown`: the type of what is inside, and its bytes. */
const UNKNOWN = { typeMeta: 1, raw: 2 } as const;
const TYPE_META = { apiVersion: 1, kind: 2 } as const;
const NAMESPACE = { metadata: 1, spec: 2, status: 3 } as const;
const NAMESPACE_SPEC = { finalizers: 1 } as const;
const OBJECT_META = {
  name: 1,
  generateName: 2,
  namespace: 3,
  selfLink: 4,
  uid: 5,
  resourceVersion: 6,
  creationTimestamp: 8,
  deletionTimestamp: 9,
  labels: 11,
  annotations: 12,
  finalizers: 14,
  managedFields: 17,
} as const;
/** Owners are not read; what the server sets itself is stepped over. */
const KNOWN_METADATA: ReadonlySet<number> = new Set(Object.values(OBJECT_META));
const KNOWN_FIELDS: ReadonlySet<number> = new Set(Object.values(NAMESPACE));
const MAP_ENTRY = { key: 1, value: 2 } as const;

/** Wire types (protobuf.dev "Encoding"). */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** The length-delimited fields of a message, by number. */
type Message = ReadonlyMap<number, readonly Uint8Array[]>;

/** Bytes that are something else. */
class MalformedError extends Error {}

/**
 * Reads a new namespace.
 *
 * @returns The object as JSON would have it, or `undefined` when the bytes are something else, or say
 * more than is read here.
 */
export function readProtobufNamespace(bytes: Uint8Array): JsonObject | undefined {
  try {
    return read(bytes);
  } catch (error) {
    if (error instanceof MalformedError || error instanceof TypeError) return undefined;
    throw error;
  }
}

function read(bytes: Uint8Array): JsonObject | undefined {
  if (MAGIC.some((octet, i) => bytes[i] !== octet)) return undefined;
  const envelope = readMessage(bytes.subarray(MAGIC.length));
  const type = messageIn(envelope, UNKNOWN.typeMeta);
  if (textIn(type, TYPE_META.apiVersion) !== "v1") return undefined;
  if (textIn(type, TYPE_META.kind) !== "Namespace") return undefined;
  const namespace = messageIn(envelope, UNKNOWN.raw);
  const metadata = messageIn(namespace, NAMESPACE.metadata);
  if (namespace === undefined || metadata === undefined) return undefined;
  if ([...namespace.keys()].some((field) => !KNOWN_FIELDS.has(field))) return undefined;
  if ([...metadata.keys()].some((field) => !KNOWN_METADATA.has(field))) return undefined;
  const finalizers = textsIn(messageIn(namespace, NAMESPACE.spec), NAMESPACE_SPEC.finalizers);
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: textIn(metadata, OBJECT_META.name),
      generateName: textIn(metadata, OBJECT_META.generateName),
      namespace: textIn(metadata, OBJECT_META.namespace),
      resourceVersion: textIn(metadata, OBJECT_META.resourceVersion),
      labels: mapIn(metadata, OBJECT_META.labels),
      annotations: mapIn(metadata, OBJECT_META.annotations),
      finalizers: textsIn(metadata, OBJECT_META.finalizers),
    },
    ...(finalizers.length === 0 ? {} : { spec: { finalizers } }),
  };
}

function messageIn(message: Message | undefined, field: number): Message | undefined {
  const bytes = message?.get(field)?.at(-1);
  return bytes === undefined ? undefined : readMessage(bytes);
}

function textIn(message: Message | undefined, field: number): string {
  return textsIn(message, field).at(-1) ?? "";
}

/** @throws {TypeError} when one is not UTF-8. */
function textsIn(message: Message | undefined, field: number): string[] {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  return (message?.get(field) ?? []).map((bytes) => decoder.decode(bytes));
}

function mapIn(message: Message, field: number): JsonObject {
  const entries = (message.get(field) ?? []).map(readMessage);
  return Object.fromEntries(
    entries.map((entry) => [textIn(entry, MAP_ENTRY.key), textIn(entry, MAP_ENTRY.value)]),
  );
}

/**
 * Splits a message into its fields.
 *
 * @throws {MalformedError} when it is cut off or not a message.
 */
function readMessage(bytes: Uint8Array): Message {
  const fields = new Map<number, Uint8Array[]>();
  let position = 0;
  while (position < bytes.length) {
    const tag = readVarint(bytes, position);
    const { value, end } = skipOrTake(bytes, tag.end, tag.value & 7);
    if (end > bytes.length) throw new MalformedError();
    if (value !== undefined) {
      const number = Math.floor(tag.value / 8);
      const values = fields.get(number);
      if (values === undefined) fields.set(number, [value]);
      else values.push(value);
    }
    position = end;
  }
  return fields;
}

function skipOrTake(
  bytes: Uint8Array,
  start: number,
  wireType: number,
): { readonly value?: Uint8Array; readonly end: number } {
  switch (wireType) {
    case VARINT:
      return { end: readVarint(bytes, start).end };
    case FIXED_64:
      return { end: start + 8 };
    case FIXED_32:
      return { end: start + 4 };
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, start);
      const end = length.end + length.value;
      return { value: bytes.subarray(length.end, end), end };
    }
    default:
      throw new MalformedError();
  }
}

function readVarint(bytes: Uint8Array, start: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const octet = bytes[start + i];
    if (octet === undefined) break;
    value += (octet & 0x7f) * 2 ** (7 * i);
    if (octet < 0x80) return { value, end: start + i + 1 };
  }
  throw new MalformedError();
}
