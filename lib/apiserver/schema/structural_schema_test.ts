import assert from "node:assert/strict";
import { applyDefaults, pruneUnknownFields } from "./structural_schema.ts";

const SCHEMA = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        size: { type: "integer" },
        color: { type: "string", default: "red" },
        note: { type: "string", nullable: true },
        free: {
          type: "object",
          "x-kubernetes-preserve-unknown-fields": true,
          properties: { known: { type: "object", properties: {} } },
        },
        map: { type: "object", additionalProperties: { type: "string" } },
        parts: {
          type: "array",
          items: {
            type: "object",
            properties: { name: { type: "string" }, weight: { type: "integer", default: 1 } },
          },
        },
      },
    },
  },
};

Deno.test("pruneUnknownFields() removes what the schema does not name, and says where", () => {
  const object = {
    apiVersion: "v1",
    kind: "Gadget",
    metadata: { name: "g", extra: 1 },
    spec: { size: 1, bogus: 1, parts: [{ name: "a" }, { name: "b", x: 1 }] },
    extra: {},
  };
  assert.deepEqual(pruneUnknownFields(SCHEMA, object), ["spec.bogus", "spec.parts[1].x", "extra"]);
  assert.deepEqual(object, {
    apiVersion: "v1",
    kind: "Gadget",
    metadata: { name: "g", extra: 1 },
    spec: { size: 1, parts: [{ name: "a" }, { name: "b" }] },
  });
});

Deno.test("pruneUnknownFields() keeps maps and objects that preserve unknown fields", () => {
  const spec = { map: { any: "x", "1.2.3.4": "y" }, free: { a: { b: 1 } } };
  const object = { spec: structuredClone(spec) };
  assert.deepEqual(pruneUnknownFields(SCHEMA, object), []);
  assert.deepEqual(object, { spec });
});

Deno.test("pruneUnknownFields() prunes the named parts of objects that preserve the others", () => {
  const object = { spec: { free: { a: 1, known: { b: 1 } } } };
  assert.deepEqual(pruneUnknownFields(SCHEMA, object), ["spec.free.known.b"]);
});

Deno.test("pruneUnknownFields() removes a member called __proto__", () => {
  const object = JSON.parse('{"spec":{"__proto__":{"a":1}}}');
  assert.deepEqual(pruneUnknownFields(SCHEMA, object), ["spec.__proto__"]);
});

Deno.test("applyDefaults() fills in what is missing or null, in lists as well", () => {
  const object = { spec: { color: null, parts: [{ name: "a" }, { name: "b", weight: 5 }] } };
  applyDefaults(SCHEMA, object);
  assert.deepEqual(object, {
    spec: { color: "red", parts: [{ name: "a", weight: 1 }, { name: "b", weight: 5 }] },
  });
});

Deno.test("applyDefaults() drops a null only where the schema does not allow it", () => {
  const object = { spec: { size: null, note: null, color: "green" } };
  applyDefaults(SCHEMA, object);
  assert.deepEqual(object, { spec: { note: null, color: "green" } });
});

Deno.test("applyDefaults() makes no object for defaults inside one that is missing", () => {
  const object = {};
  applyDefaults(SCHEMA, object);
  assert.deepEqual(object, {});
});
