import assert from "node:assert/strict";
import fc from "fast-check";
import { readProtobufNamespace } from "./protobuf_namespace.ts";

/** A length-delimited field. */
function field(number: number, content: string | readonly number[]): number[] {
  const bytes = typeof content === "string" ? [...new TextEncoder().encode(content)] : content;
  return [number * 8 + 2, bytes.length, ...bytes];
}

function envelope(apiVersion: string, kind: string, raw: readonly number[]): Uint8Array {
  const type = [...field(1, apiVersion), ...field(2, kind)];
  return Uint8Array.from([
    0x6b,
    0x38,
    0x73,
    0,
    ...field(1, type),
    ...field(2, raw),
    ...field(4, ""),
  ]);
}

const LABEL = field(11, [...field(1, "floor"), ...field(2, "2")]);
// Generation, a varint that a reader has to step over.
const GENERATION = [7 * 8, 0xac, 0x02];
const METADATA = [...field(1, "lab"), ...GENERATION, ...LABEL];
const NAMESPACE = envelope("v1", "Namespace", field(1, METADATA));

Deno.test("readProtobufNamespace() reads name and labels and steps over the rest", () => {
  assert.deepEqual(readProtobufNamespace(NAMESPACE), {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "lab",
      generateName: "",
      namespace: "",
      resourceVersion: "",
      labels: { floor: "2" },
      annotations: {},
      finalizers: [],
    },
  });
});

Deno.test("readProtobufNamespace() reads finalizers of the object and of the namespace", () => {
  const raw = [
    ...field(1, [...METADATA, ...field(14, "example.com/x")]),
    ...field(2, field(1, "kubernetes")),
  ];
  const { metadata, spec } = readProtobufNamespace(envelope("v1", "Namespace", raw)) ?? {};
  assert.deepEqual((metadata as { finalizers: unknown }).finalizers, ["example.com/x"]);
  assert.deepEqual(spec, { finalizers: ["kubernetes"] });
});

for (
  const [what, bytes] of [
    ["nothing", new Uint8Array()],
    ["JSON", new TextEncoder().encode('{"kind":"Namespace"}')],
    ["another kind", envelope("v1", "Pod", field(1, METADATA))],
    ["another version", envelope("v2", "Namespace", field(1, METADATA))],
    ["a namespace without metadata", envelope("v1", "Namespace", [])],
    ["owners, which it does not read", envelope("v1", "Namespace", field(1, field(13, "")))],
    [
      "fields of a later release",
      envelope("v1", "Namespace", [...field(1, METADATA), ...field(9, "")]),
    ],
    ["a name that is not UTF-8", envelope("v1", "Namespace", field(1, field(1, [0xff])))],
    ["labels that are cut off", envelope("v1", "Namespace", field(1, field(11, [10, 9, 1])))],
    ["metadata that is cut off", envelope("v1", "Namespace", [10, 50, 1])],
  ] as const
) {
  Deno.test(`readProtobufNamespace() refuses ${what}`, () => {
    assert.equal(readProtobufNamespace(bytes), undefined);
  });
}

Deno.test("readProtobufNamespace() never throws, whatever the bytes", () => {
  fc.assert(fc.property(
    fc.uint8Array({ maxLength: 80 }),
    fc.nat(NAMESPACE.length - 1),
    fc.nat(255),
    (tail, position, octet) => {
      const changed = Uint8Array.from(NAMESPACE);
      changed[position] = octet;
      readProtobufNamespace(changed);
      readProtobufNamespace(Uint8Array.from([0x6b, 0x38, 0x73, 0, ...tail]));
      readProtobufNamespace(NAMESPACE.subarray(0, position));
    },
  ));
});
