/** Turns the body of a write into an object of the kind that the URL names. */

import type { JsonObject, KubeObject } from "../api/meta.ts";
import { apiVersionOf } from "../api/resources.ts";
import { isJsonObject, stringAt } from "./json.ts";
import { normalizeMetadata } from "./object_metadata.ts";
import { type FieldValidation, requireObject } from "./request_options.ts";
import type { Resource } from "./resource.ts";
import { badRequest, invalid, invalidValue } from "./status.ts";
import { applyDefaults, pruneUnknownFields } from "./structural_schema.ts";

/** An object as sent, with its unknown fields gone and its defaults filled in. */
export interface DecodedObject {
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

/**
 * Decodes an object; the body is used up.
 *
 * @throws {ApiError} 400 when it is of another kind, or has unknown fields and the client is strict.
 */
export function decodeObject(
  resource: Resource,
  body: unknown,
  fieldValidation: FieldValidation,
): DecodedObject {
  const raw = requireObject(body, "the object");
  checkType(resource, raw);
  const metadata = isJsonObject(raw["metadata"]) ? raw["metadata"] : {};
  raw["metadata"] = metadata;
  const unknown = normalizeMetadata(metadata);
  metadata["name"] ??= "";
  if (resource.schema !== undefined) {
    unknown.push(...pruneUnknownFields(resource.schema, raw));
    applyDefaults(resource.schema, raw);
  }
  const complaints = unknown.map((field) => `unknown field ${JSON.stringify(field)}`);
  if (fieldValidation === "Strict" && complaints.length > 0) {
    const { kind, version } = resource.type;
    throw badRequest(
      `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ` +
        `strict decoding error: ${complaints.join(", ")}`,
    );
  }
  return {
    object: raw as KubeObject & JsonObject,
    warnings: fieldValidation === "Warn" ? complaints : [],
  };
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
      `the API version in the data (${raw["apiVersion"]}) does not match the expected API ` +
        `version (${apiVersion})`,
    );
  }
  if (raw["kind"] !== type.kind) {
    const kind = String(raw["kind"]);
    const cause = invalidValue("kind", kind, `must be ${type.kind}`);
    throw invalid({ kind, group: type.group }, stringAt(raw["metadata"], "name"), [cause]);
  }
}
