/**
 * Validates objects against the `openAPIV3Schema` of a CRD, with the messages of kube-apiserver.
 * CEL rules (`x-kubernetes-validations`) are left to the admission rules.
 */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, stringAt } from "../../base/json.ts";
import { Ajv, type ErrorObject, type Format, type Options } from "ajv";
import { keyOfPointerStep } from "../../api/json_patch.ts";
import type { KubeObject } from "../../api/meta.ts";
import { parseCidr } from "../../net/cidr.ts";
import { parseIpv4Address } from "../../net/ipv4_address.ts";
import { parseMacAddress } from "../../net/mac_address.ts";
import { findDuplicateItems } from "./list_types.ts";
import {
  CAUSES_MAX,
  invalidValue,
  requiredValue,
  type StatusCause,
  unsupportedValue,
} from "../http/status.ts";
import type { StructuralSchema } from "./structural_schema.ts";

/** RFC 3339 section 5.6, as far as a pattern can say. */
const DATE_TIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[Tt](?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** The formats that are checked; all others say something about the text but forbid nothing. */
const FORMATS: Readonly<Record<string, (text: string) => boolean>> = {
  ipv4: (text) => parseIpv4Address(text) !== undefined,
  cidr: (text) => parseCidr(text) !== undefined,
  mac: (text) => parseMacAddress(text) !== undefined,
  "date-time": (text) => DATE_TIME.test(text),
};

/** Integers of these formats may not be larger, as kube-apiserver has it. */
const NUMBER_FORMATS: Readonly<Record<string, Format>> = {
  int32: { type: "number", validate: isUnlessFraction((number) => number === (number | 0)) },
  int64: { type: "number", validate: isUnlessFraction(Number.isSafeInteger) },
};

/** That a fraction is no integer, the type says already. */
function isUnlessFraction(isInRange: (number: number) => boolean): (number: number) => boolean {
  return (number) => !Number.isInteger(number) || isInRange(number);
}

/** Finds the faults of an object. */
export type SchemaValidator = (object: KubeObject) => readonly StatusCause[];

/**
 * Compiles a validator.
 *
 * @throws {Error} when the schema itself is broken.
 */
export function compileSchemaValidator(schema: StructuralSchema): SchemaValidator {
  const ajv = new Ajv({
    allErrors: true,
    strict: false,
    verbose: true,
    formats: { ...FORMATS, ...NUMBER_FORMATS },
    code: { regExp: boundedPattern },
  });
  const validate = ajv.compile(toJsonSchema(schema));
  return (object) => {
    validate(object);
    const errors = withoutOvershadowed(validate.errors ?? []);
    const duplicates = findDuplicateItems(schema, object);
    // Of more than are shown, only the number counts.
    return [
      ...errors.slice(0, CAUSES_MAX).flatMap((error) => causesOf(error, object)),
      ...duplicates,
      ...errors.slice(CAUSES_MAX).map(() => UNSHOWN),
    ];
  };
}

const UNSHOWN: StatusCause = { reason: "FieldValueInvalid", message: "", field: "" };

/** Texts that are longer match no pattern: some patterns take quadratic time. */
const MATCHED_CHARS_MAX = 4096;

const boundedPattern: NonNullable<NonNullable<Options["code"]>["regExp"]> = Object.assign(
  (source: string, flags: string) => {
    const pattern = new RegExp(source, flags);
    return {
      test: (text: string) => text.length <= MATCHED_CHARS_MAX && pattern.test(text),
      // Ajv tells patterns apart by it.
      toString: () => String(pattern),
    };
  },
  { code: "new RegExp" },
);

/** What is said of a text ends with the first of these. */
const TEXT_KEYWORDS = ["maxLength", "minLength", "pattern"];

function withoutOvershadowed(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const ranks = new Map<string, number>();
  for (const { keyword, instancePath } of errors) {
    const rank = TEXT_KEYWORDS.indexOf(keyword);
    if (rank >= 0) ranks.set(instancePath, Math.min(rank, ranks.get(instancePath) ?? rank));
  }
  return errors.filter(({ keyword, instancePath }) =>
    TEXT_KEYWORDS.indexOf(keyword) <= (ranks.get(instancePath) ?? TEXT_KEYWORDS.length)
  );
}

/** JSON Schema draft 7 of an OpenAPI 3.0 schema. */
function toJsonSchema(schema: StructuralSchema): JsonObject {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "properties" && isJsonObject(value)) result[key] = mapValues(value);
    else if (
      isJsonObject(value) && (key === "items" || key === "additionalProperties" || key === "not")
    ) {
      result[key] = toJsonSchema(value);
    } else if (Array.isArray(value) && (key === "allOf" || key === "anyOf" || key === "oneOf")) {
      result[key] = value.filter(isJsonObject).map(toJsonSchema);
    } else if (PLAIN_KEYWORDS.has(key)) result[key] = value;
  }
  const format = stringAt(schema, "format") || (schema["type"] === "integer" ? "int64" : "");
  if (Object.hasOwn(FORMATS, format) || Object.hasOwn(NUMBER_FORMATS, format)) {
    result["format"] = format;
  }
  setExclusiveBounds(schema, result);
  if (schema["x-kubernetes-int-or-string"] === true) result["type"] = ["integer", "string"];
  if (schema["nullable"] === true) allowNull(result);
  return result;
}

/** Keywords that mean the same in both. */
const PLAIN_KEYWORDS: ReadonlySet<string> = new Set([
  "type required enum pattern minLength maxLength minItems maxItems uniqueItems minimum maximum",
  "multipleOf minProperties maxProperties additionalProperties",
].flatMap((line) => line.split(" ")));

function mapValues(properties: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(properties).map(([name, child]) => [
      name,
      isJsonObject(child) ? toJsonSchema(child) : true,
    ]),
  );
}

/** OpenAPI 3.0 marks a bound as exclusive, JSON Schema has a keyword with the bound. */
function setExclusiveBounds(schema: StructuralSchema, result: JsonObject): void {
  for (
    const [bound, exclusive] of [
      ["minimum", "exclusiveMinimum"],
      ["maximum", "exclusiveMaximum"],
    ] as const
  ) {
    if (schema[exclusive] !== true || result[bound] === undefined) continue;
    result[exclusive] = result[bound];
    delete result[bound];
  }
}

function allowNull(result: JsonObject): void {
  if (typeof result["type"] === "string") result["type"] = [result["type"], "null"];
  if (Array.isArray(result["enum"])) result["enum"] = [...result["enum"], null];
}

function causesOf(error: ErrorObject, root: KubeObject): StatusCause[] {
  const field = fieldPath(error.instancePath, root);
  const { keyword, params, data } = error;
  const say = (why: string) => [invalidValue(field, data, `${field} in body ${why}`)];
  switch (keyword) {
    case "required":
      return [requiredValue(join(field, String(params["missingProperty"])))];
    case "type":
      return [typeCause(field, data, [params["type"]].flat().join(","))];
    case "format":
      return [typeCause(field, data, String(params["format"]))];
    case "enum":
      return [unsupportedValue(field, data, params["allowedValues"] as unknown[])];
    case "minimum":
      return say(`should be greater than or equal to ${params["limit"]}`);
    case "maximum":
      return say(`should be less than or equal to ${params["limit"]}`);
    case "exclusiveMinimum":
      return say(`should be greater than ${params["limit"]}`);
    case "exclusiveMaximum":
      return say(`should be less than ${params["limit"]}`);
    case "minLength":
      return say(`should be at least ${params["limit"]} chars long`);
    case "minItems":
      return [
        countCause(field, data, `${field} in body should have at least ${params["limit"]} items`),
      ];
    case "maxLength":
      return [
        tooCause(
          "FieldValueTooLong",
          field,
          `Too long: may not be more than ${params["limit"]} bytes`,
        ),
      ];
    case "maxItems":
      return [tooManyCause(field, data, params["limit"])];
    case "maxProperties":
      return [tooManyCause(field, Object.keys(data as JsonObject), params["limit"])];
    case "pattern":
      return say(`should match '${params["pattern"]}'`);
    default:
      return say(error.message ?? `violates ${keyword}`);
  }
}

function typeCause(field: string, data: unknown, wanted: string): StatusCause {
  const shown = JSON.stringify(wanted in FORMATS ? data : typeName(data));
  const message = `Invalid value: ${shown}: ${field} in body must be of type ${wanted}: ${shown}`;
  return { reason: "FieldValueTypeInvalid", message, field };
}

function countCause(field: string, data: unknown, why: string): StatusCause {
  return invalidValue(field, Array.isArray(data) ? data.length : data, why);
}

function tooCause(reason: string, field: string, message: string): StatusCause {
  return { reason, message, field };
}

function tooManyCause(field: string, data: unknown, limit: unknown): StatusCause {
  const count = Array.isArray(data) ? data.length : 0;
  return tooCause(
    "FieldValueTooMany",
    field,
    `Too many: ${count}: must have at most ${limit} items`,
  );
}

function typeName(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "number";
  return typeof value;
}

/** `/spec/dns/1` as `spec.dns[1]`; the object tells indexes from keys that are digits. */
function fieldPath(pointer: string, root: KubeObject): string {
  let path = "";
  let value: unknown = root;
  for (const part of pointer.split("/").slice(1)) {
    const key = keyOfPointerStep(part);
    if (Array.isArray(value)) {
      path += `[${key}]`;
      value = value[Number(key)];
    } else {
      path = join(path, key);
      value = isJsonObject(value) ? value[key] : undefined;
    }
  }
  return path;
}

function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}
