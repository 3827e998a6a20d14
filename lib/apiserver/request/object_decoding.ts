/** Turns the body of a write into an object of the kind that the URL names. */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, stringAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resources.ts";
import { normalizeMetadata } from "./object_metadata.ts";
import { requireObject } from "./request_body.ts";
import type { FieldValidation } from "./request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import { ApiError, badRequest, CAUSES_MAX, invalid, invalidValue } from "../http/status.ts";
import { unknownFieldSentence } from "../schema/field_suggestions.ts";
import { applyDefaults, pruneUnknownFields } from "../schema/structural_schema.ts";

/** An object as sent, with its unknown fields gone and its defaults filled in. */
interface DecodedObject {
  readonly object: KubeObject;
  /** A sentence for each unknown field. */
  readonly complaints: readonly string[];
  /** Paths of the unknown fields. */
  readonly unknown: readonly string[];
}

/**
 * Decodes an object; the body is used up.
 *
 * @throws {ApiError} 400 or 422 when it is of another kind.
 */
function decodeObject(resource: Resource, body: unknown): DecodedObject {
  const raw = requireObject(body, "the object");
  if (resource.isCompiledIn) {
    raw["apiVersion"] ??= apiVersionOf(resource.type);
    raw["kind"] ??= resource.type.kind;
  }
  checkType(resource, raw);
  const metadata = isJsonObject(raw["metadata"]) ? raw["metadata"] : {};
  raw["metadata"] = metadata;
  const unknown = [
    ...normalizeMetadata(metadata),
    ...resource.schema === undefined ? [] : pruneUnknownFields(resource.schema, raw),
  ];
  metadata["name"] ??= "";
  if (resource.schema !== undefined) applyDefaults(resource.schema, raw);
  resource.complete?.(raw);
  const named = unknown.slice(0, CAUSES_MAX);
  const complaints = named.map((field) => `unknown field ${JSON.stringify(field)}`);
  return { object: raw as KubeObject & JsonObject, complaints, unknown: named };
}

/**
 * Decodes an object that was sent as a whole, and treats its unknown fields as the client wants.
 *
 * @returns The object, and warnings about it.
 * @throws {ApiError} 400 for unknown fields when the client is strict, and as {@link decodeObject}.
 */
export function decodeSentObject(
  resource: Resource,
  body: unknown,
  fieldValidation: FieldValidation,
): { object: KubeObject; warnings: readonly string[] } {
  const { object, complaints, unknown } = decodeObject(resource, body);
  if (fieldValidation === "Strict" && complaints.length > 0) {
    const { kind, version } = resource.type;
    const message =
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ` +
      `strict decoding error: ${complaints.join(", ")}`;
    const schema = resource.schema ?? resource.documentation;
    const causes = unknown.map((field) => ({
      reason: "FieldValueInvalid",
      message: unknownFieldSentence(schema, field),
      field,
    }));
    throw new ApiError(400, "BadRequest", message, { causes });
  }
  return { object, warnings: warningsOf(complaints, fieldValidation) };
}

/**
 * Decodes an object that a patch gave, and treats its unknown fields as the client wants.
 *
 * @returns The object, and warnings about it.
 * @throws {ApiError} 422 for unknown fields when the client is strict, and as {@link decodeObject}.
 */
export function decodePatchedObject(
  resource: Resource,
  patched: unknown,
  fieldValidation: FieldValidation,
): { object: KubeObject; warnings: readonly string[] } {
  requireApiVersion(resource, patched);
  const { object, complaints } = decodeObject(resource, patched);
  if (fieldValidation === "Strict" && complaints.length > 0) {
    const message = `strict decoding error: ${complaints.join(", ")}`;
    const causes = [{ reason: "FieldValueInvalid", message, field: "patch" }];
    throw new ApiError(422, "Invalid", ` "" is invalid: patch: ${message}`, { causes });
  }
  return { object, warnings: warningsOf(complaints, fieldValidation) };
}

/** Of a patch that changes it, the answer is about the object, not about the request. */
function requireApiVersion({ type }: Resource, patched: unknown): void {
  const apiVersion = stringAt(patched, "apiVersion");
  if (apiVersion === "" || apiVersion === apiVersionOf(type)) return;
  const name = isJsonObject(patched) ? stringAt(patched["metadata"], "name") : "";
  const cause = invalidValue("apiVersion", apiVersion, `must be ${apiVersionOf(type)}`);
  throw invalid(type, name, [cause]);
}

function warningsOf(complaints: readonly string[], fieldValidation: FieldValidation) {
  return fieldValidation === "Warn" ? complaints : [];
}

function checkType({ type }: Resource, raw: JsonObject): void {
  const apiVersion = apiVersionOf(type);
  if (stringAt(raw, "kind") === "" || stringAt(raw, "apiVersion") === "") {
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): ` +
        "'kind' or 'apiVersion' is missing",
    );
  }
  if (raw["apiVersion"] !== apiVersion) {
    throw badRequest(
      `the API version in the data (${
        stringAt(raw, "apiVersion")
      }) does not match the expected API ` +
        `version (${apiVersion})`,
    );
  }
  if (raw["kind"] !== type.kind) {
    const kind = stringAt(raw, "kind");
    const cause = invalidValue("kind", kind, `must be ${type.kind}`);
    throw invalid({ kind, group: type.group }, stringAt(raw["metadata"], "name"), [cause]);
  }
}
