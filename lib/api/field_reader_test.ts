import assert from "node:assert/strict";
import { FieldErrors } from "./field_errors.ts";
import { FieldReader, showValue } from "./field_reader.ts";

Deno.test("FieldErrors keeps the first error of a field and none below it", () => {
  const errors = new FieldErrors();
  errors.add("spec.pool", "is required");
  errors.add("spec.pool", "again");
  errors.add("spec.pool.start", "is required");
  errors.add("spec.pool.exclude[3]", "is bad");
  errors.add("spec.pools", "is bad");
  errors.add('labels["a.b/c]d"]', "is bad");
  assert.deepEqual(errors.list.map((error) => error.field), [
    "spec.pool",
    "spec.pools",
    'labels["a.b/c]d"]',
  ]);
});

Deno.test("FieldErrors keeps nothing beside an error of the whole object", () => {
  const errors = new FieldErrors();
  errors.add("", "must be an object");
  errors.add("spec", "is required");
  assert.deepEqual(errors.list, [{ field: "", message: "must be an object" }]);
});

Deno.test("FieldReader does not take what every JavaScript object has for a field", () => {
  const errors = new FieldErrors();
  const reader = FieldReader.of({}, "spec", errors);
  assert.equal(reader.optionalString("constructor"), undefined);
  assert.deepEqual(errors.list, []);
});

for (const value of [null, [], "x", 7, true]) {
  Deno.test(`FieldReader reports ${JSON.stringify(value)} where an object is expected`, () => {
    const errors = new FieldErrors();
    const reader = FieldReader.of(value, "spec", errors);
    assert.equal(reader.string("vmName"), "");
    assert.deepEqual(errors.list, [{ field: "spec", message: "must be an object" }]);
  });
}

Deno.test("showValue() cuts what would not fit a line", () => {
  assert.equal(showValue("a".repeat(1000)).length, 65);
});
