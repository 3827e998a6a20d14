/** `Status` objects: how the server says that a request failed (API conventions, "Response Status Kind"). */

import type { JsonObject } from "../../base/json.ts";
import type { FieldError, ResourceType } from "../../api/meta.ts";
import { terminalText } from "../../base/terminal_text.ts";

/** Causes that an answer names; nobody reads more. */
export const CAUSES_MAX = 100;
/** How much of a value or of a sentence is repeated to the client. */
const SHOWN_CHARS_MAX = 4096;

/** One entry of `Status.details.causes`. */
export interface StatusCause {
  /** Such as `FieldValueInvalid`. */
  readonly reason: string;
  readonly message: string;
  /** Path of the field, such as `spec.ipv4Config.dns[1]`. */
  readonly field: string;
}

/** `Status.details`. */
export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly StatusCause[];
  readonly retryAfterSeconds?: number;
}

/** A refused request; the server answers it with its `Status`. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param code HTTP status.
   * @param reason Word for programs, such as `NotFound`.
   * @param message Sentence for people.
   * @param metadata ListMeta for refused lists, which may still be continued.
   */
  constructor(
    readonly code: number,
    readonly reason: string,
    message: string,
    readonly details?: StatusDetails,
    readonly metadata: JsonObject = {},
  ) {
    super(message);
  }

  /** The `Status` object of this error. */
  toStatus(): JsonObject {
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: this.metadata,
      status: "Failure",
      message: shown(this.message, CAUSES_MAX * SHOWN_CHARS_MAX),
      reason: this.reason,
      ...(this.details === undefined ? {} : { details: shownDetails(this.details) }),
      code: this.code,
    };
  }
}

/** `plural.group`, or `plural` for the core group: how messages name a kind of object. */
function qualifiedPlural(type: ResourceType): string {
  return type.group === "" ? type.plural : `${type.plural}.${type.group}`;
}

/** The answer to a deletion that took effect at once. */
export function deletedStatus(type: ResourceType, name: string, uid: string): JsonObject {
  const details = { ...detailsOf(type, name), uid };
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", details };
}

/** 400 with a sentence. */
export function badRequest(message: string): ApiError {
  return new ApiError(400, "BadRequest", message);
}

/** 404 for an object. */
export function notFound(type: ResourceType, name: string): ApiError {
  const message = `${qualifiedPlural(type)} ${JSON.stringify(name)} not found`;
  return new ApiError(404, "NotFound", message, detailsOf(type, name));
}

/** 403 for a request that is never allowed. */
export function forbidden(type: ResourceType, name: string, why: string): ApiError {
  const message = `${qualifiedPlural(type)} ${JSON.stringify(name)} is forbidden: ${why}`;
  return new ApiError(403, "Forbidden", message, detailsOf(type, name));
}

/** 409 for a name that is taken. */
export function alreadyExists(type: ResourceType, name: string): ApiError {
  const message = `${qualifiedPlural(type)} ${JSON.stringify(name)} already exists`;
  return new ApiError(409, "AlreadyExists", message, detailsOf(type, name));
}

/** 409 for a change that was made against another state of the object. */
export function conflict(type: ResourceType, name: string, why: string): ApiError {
  const what = `${qualifiedPlural(type)} ${JSON.stringify(name)}`;
  const message = `Operation cannot be fulfilled on ${what}: ${why}`;
  return new ApiError(409, "Conflict", message, detailsOf(type, name));
}

/** 409 for a stale `metadata.resourceVersion`. */
export function modifiedConflict(type: ResourceType, name: string): ApiError {
  return conflict(
    type,
    name,
    "the object has been modified; please apply your changes to the latest version and try again",
  );
}

/**
 * 422 with all faults of an object.
 *
 * @param kind Kind and group of the object, which need not be one that is stored.
 */
export function invalid(
  { kind, group }: Pick<ResourceType, "kind" | "group">,
  name: string,
  causes: readonly StatusCause[],
): ApiError {
  const named = causes.slice(0, CAUSES_MAX);
  const sentences = named.map(({ field, message }) => `${field}: ${message}`);
  if (named.length < causes.length) sentences.push(`and ${causes.length - named.length} more`);
  const list = sentences.length === 1 ? sentences[0] : `[${sentences.join(", ")}]`;
  const qualified = group === "" ? kind : `${kind}.${group}`;
  const message = `${qualified} ${JSON.stringify(name)} is invalid: ${list}`;
  const details = {
    ...(name === "" ? {} : { name }),
    ...(group === "" ? {} : { group }),
    kind,
    causes: named,
  };
  return new ApiError(422, "Invalid", message, details);
}

/** A cause of the reason `FieldValueInvalid`. */
export function invalidValue(field: string, value: unknown, why: string): StatusCause {
  const message = `Invalid value: ${shownJson(value ?? null)}: ${why}`;
  return { reason: "FieldValueInvalid", message, field };
}

/** A cause of the reason `FieldValueRequired`. */
export function requiredValue(field: string, why?: string): StatusCause {
  const message = why === undefined ? "Required value" : `Required value: ${why}`;
  return { reason: "FieldValueRequired", message, field };
}

/** A cause of the reason `FieldValueForbidden`. */
export function forbiddenValue(field: string, why: string): StatusCause {
  return { reason: "FieldValueForbidden", message: `Forbidden: ${why}`, field };
}

/** A cause of the reason `FieldValueNotSupported`. */
export function unsupportedValue(
  field: string,
  value: unknown,
  supported: readonly unknown[],
): StatusCause {
  const list = supported.map((item) => JSON.stringify(item)).join(", ");
  const message = `Unsupported value: ${shownJson(value)}: supported values: ${list}`;
  return { reason: "FieldValueNotSupported", message, field };
}

/** What an admission rule found, as a cause. */
export function causeOf({ field, message }: FieldError): StatusCause {
  return { reason: "FieldValueInvalid", message, field };
}

function detailsOf({ group, plural }: ResourceType, name: string): StatusDetails {
  return { name, ...(group === "" ? {} : { group }), kind: plural };
}

function shownJson(value: unknown): string {
  return shown(JSON.stringify(value), SHOWN_CHARS_MAX);
}

/** Text of a client as it may be repeated: not too much of it, and nothing that steers a terminal. */
function shown(text: string, charsMax: number): string {
  return terminalText(text.length <= charsMax ? text : `${text.slice(0, charsMax)}…`);
}

function shownDetails(details: StatusDetails): JsonObject {
  return JSON.parse(
    JSON.stringify(details),
    (_key, value: unknown) => typeof value === "string" ? shown(value, 2 * SHOWN_CHARS_MAX) : value,
  );
}
