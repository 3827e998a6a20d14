import { type JsonObject, valueAt } from "../../base/json.ts";
import assert from "node:assert/strict";
import { gadget, readGadgetCrd } from "../../../tests/support/kube/gadget.ts";
import { compileSchemaValidator } from "./schema_validator.ts";
import type { StructuralSchema } from "./structural_schema.ts";

const [version] = valueAt(readGadgetCrd(), "spec.versions") as readonly unknown[];
const validate = compileSchemaValidator(
  valueAt(version, "schema.openAPIV3Schema") as StructuralSchema,
);

interface Case {
  readonly name: string;
  readonly spec: JsonObject;
  /** `reason field: message` of each cause, worded as kube-apiserver 1.34 words it. */
  readonly causes: readonly string[];
}

const CASES: readonly Case[] = [
  {
    name: "an object with every kind of field",
    spec: {
      size: 10,
      address: "192.0.2.1",
      color: "green",
      code: "abc",
      when: "2026-01-02T03:04:05.678+01:00",
      paused: false,
      note: null,
      ratio: 0.1,
      either: "80%",
      dns: ["192.0.2.1"],
      free: { a: [1] },
      parts: [{ name: "a" }, { name: "b" }],
    },
    causes: [],
  },
  { name: "a missing field", spec: {}, causes: ["FieldValueRequired spec.size: Required value"] },
  {
    name: "a text for an integer",
    spec: { size: "2" },
    causes: [
      'FieldValueTypeInvalid spec.size: Invalid value: "string": spec.size in body must be of ' +
      'type integer: "string"',
    ],
  },
  {
    name: "a fraction for an integer",
    spec: { size: 1.5 },
    causes: [
      'FieldValueTypeInvalid spec.size: Invalid value: "number": spec.size in body must be of ' +
      'type integer: "number"',
    ],
  },
  {
    name: "a number below the minimum",
    spec: { size: 0 },
    causes: [
      "FieldValueInvalid spec.size: Invalid value: 0: spec.size in body should be greater than " +
      "or equal to 1",
    ],
  },
  {
    name: "a number above the maximum",
    spec: { size: 11 },
    causes: [
      "FieldValueInvalid spec.size: Invalid value: 11: spec.size in body should be less than or " +
      "equal to 10",
    ],
  },
  {
    name: "a number at an exclusive bound",
    spec: { size: 1, ratio: 0 },
    causes: [
      "FieldValueInvalid spec.ratio: Invalid value: 0: spec.ratio in body should be greater than 0",
    ],
  },
  {
    name: "an address with a leading zero",
    spec: { size: 1, address: "192.0.2.01" },
    causes: [
      'FieldValueTypeInvalid spec.address: Invalid value: "192.0.2.01": spec.address in body ' +
      'must be of type ipv4: "192.0.2.01"',
    ],
  },
  {
    name: "a time without a zone",
    spec: { size: 1, when: "2026-01-02T03:04:05" },
    causes: [
      'FieldValueTypeInvalid spec.when: Invalid value: "2026-01-02T03:04:05": spec.when in body ' +
      'must be of type date-time: "2026-01-02T03:04:05"',
    ],
  },
  {
    name: "a value outside an enumeration",
    spec: { size: 1, color: "blue" },
    causes: [
      'FieldValueNotSupported spec.color: Unsupported value: "blue": supported values: "red", ' +
      '"green"',
    ],
  },
  {
    name: "a text that breaks a pattern",
    spec: { size: 1, code: "ABC" },
    causes: [
      'FieldValueInvalid spec.code: Invalid value: "ABC": spec.code in body should match ' +
      "'^[a-z]+$'",
    ],
  },
  {
    name: "a text that is too long",
    spec: { size: 1, code: "abcdef" },
    causes: ["FieldValueTooLong spec.code: Too long: may not be more than 5 bytes"],
  },
  {
    name: "a text that is too short",
    spec: { size: 1, code: "a" },
    causes: [
      'FieldValueInvalid spec.code: Invalid value: "a": spec.code in body should be at least 2 ' +
      "chars long",
    ],
  },
  {
    name: "too many items",
    spec: { size: 1, dns: ["192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"] },
    causes: ["FieldValueTooMany spec.dns: Too many: 4: must have at most 3 items"],
  },
  {
    name: "too few items",
    spec: { size: 1, parts: [] },
    causes: [
      "FieldValueInvalid spec.parts: Invalid value: 0: spec.parts in body should have at least 1 " +
      "items",
    ],
  },
  {
    name: "wrong items, with their indexes",
    spec: { size: 1, dns: ["192.0.2.1", "x", null] },
    causes: [
      'FieldValueTypeInvalid spec.dns[1]: Invalid value: "x": spec.dns[1] in body must be of ' +
      'type ipv4: "x"',
      'FieldValueTypeInvalid spec.dns[2]: Invalid value: "null": spec.dns[2] in body must be of ' +
      'type string: "null"',
    ],
  },
  {
    name: "a missing field in an item",
    spec: { size: 1, parts: [{ name: "a" }, { weight: 2 }] },
    causes: ["FieldValueRequired spec.parts[1].name: Required value"],
  },
  {
    name: "an item that is there twice",
    spec: { size: 1, parts: [{ name: "a" }, { name: "b" }, { name: "a", weight: 2 }] },
    causes: ['FieldValueDuplicate spec.parts[2]: Duplicate value: {"name":"a"}'],
  },
  {
    name: "neither an integer nor a text",
    spec: { size: 1, either: true },
    causes: [
      'FieldValueTypeInvalid spec.either: Invalid value: "boolean": spec.either in body must be ' +
      'of type integer,string: "boolean"',
    ],
  },
  {
    name: "a null where none is allowed",
    spec: { size: 1, paused: null },
    causes: [
      'FieldValueTypeInvalid spec.paused: Invalid value: "null": spec.paused in body must be of ' +
      'type boolean: "null"',
    ],
  },
];

for (const { name, spec, causes } of CASES) {
  Deno.test(`validate() says what kube-apiserver says about ${name}`, () => {
    const found = validate(gadget("g", spec)).map((cause) =>
      `${cause.reason} ${cause.field}: ${cause.message}`
    );
    assert.deepEqual(found, causes);
  });
}

Deno.test("validate() names map keys that look like numbers as keys", () => {
  const status = { allocated: { "192.0.2.1": "x".repeat(18) } };
  const [cause] = validate(gadget("g", { size: 1 }, { status }));
  assert.equal(cause?.field, "status.allocated.192.0.2.1");
});
