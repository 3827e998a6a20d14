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
const NAMESPACE = { metadata: 1 } as const;
const OBJECT_META = { name: 1, generateName: 2, labels: 11, annotations: 12 } as const;
const MAP_ENTRY = { key: 1, value: 2 } as const;

/** Wire types (protobuf.dev "Encoding"). */
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** The length-delimited fields of a message, by number. */
type Message = ReadonlyMap<number, readonly Uint8Array[]>;

/**
 * Reads the name, labels and annotations of a namespace, the only fields of a new one.
 *
 * @returns The object as JSON would have it, or `undefined` when the bytes are something else.
 */
export function readProtobufNamespace(bytes: Uint8Array): JsonObject | undefined {
  if (MAGIC.some((octet, i) => bytes[i] !== octet)) return undefined;
  const envelope = readMessage(bytes.subarray(MAGIC.length));
  const type = messageIn(envelope, UNKNOWN.typeMeta);
  if (textIn(type, TYPE_META.apiVersion) !== "v1") return undefined;
  if (textIn(type, TYPE_META.kind) !== "Namespace") return undefined;
  const metadata = messageIn(messageIn(envelope, UNKNOWN.raw), NAMESPACE.metadata);
  if (metadata === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: textIn(metadata, OBJECT_META.name),
      generateName: textIn(metadata, OBJECT_META.generateName),
      labels: mapIn(metadata, OBJECT_META.labels),
      annotations: mapIn(metadata, OBJECT_META.annotations),
    },
  };
}

function messageIn(message: Message | undefined, field: number): Message | undefined {
  const bytes = message?.get(field)?.at(-1);
  return bytes === undefined ? undefined : readMessage(bytes);
}

function textIn(message: Message | undefined, field: number): string {
  const bytes = message?.get(field)?.at(-1);
  return bytes === undefined ? "" : new TextDecoder().decode(bytes);
}

function mapIn(message: Message, field: number): JsonObject {
  const entries = (message.get(field) ?? []).map(readMessage);
  return Object.fromEntries(
    entries.map((entry) => [textIn(entry, MAP_ENTRY.key), textIn(entry, MAP_ENTRY.value)]),
  );
}

/** Splits a message into its fields; `undefined` when it is cut off or not a message. */
function readMessage(bytes: Uint8Array): Message | undefined {
  const fields = new Map<number, Uint8Array[]>();
  let position = 0;
  while (position < bytes.length) {
    const tag = readVarint(bytes, position);
    if (tag === undefined) return undefined;
    const { value, end } = skipOrTake(bytes, tag.end, tag.value & 7);
    if (end === undefined || end > bytes.length) return undefined;
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
): { value?: Uint8Array; end?: number } {
  switch (wireType) {
    case VARINT: {
      const varint = readVarint(bytes, start);
      return varint === undefined ? {} : { end: varint.end };
    }
    case FIXED_64:
      return { end: start + 8 };
    case FIXED_32:
      return { end: start + 4 };
    case LENGTH_DELIMITED: {
      const length = readVarint(bytes, start);
      if (length === undefined) return {};
      const end = length.end + length.value;
      return { value: bytes.subarray(length.end, end), end };
    }
    default:
      return {};
  }
}

function readVarint(
  bytes: Uint8Array,
  start: number,
): { value: number; end: number } | undefined {
  let value = 0;
  for (let i = 0; i < 10; i++) {
    const octet = bytes[start + i];
    if (octet === undefined) return undefined;
    value += (octet & 0x7f) * 2 ** (7 * i);
    if (octet < 0x80) return { value, end: start + i + 1 };
  }
  return undefined;
}
