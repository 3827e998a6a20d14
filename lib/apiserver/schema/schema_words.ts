/** Short words for the OpenAPI schemas of kinds that have no definition. */

import type { JsonObject } from "../../base/json.ts";

/** An object with properties. */
export function object(description: string, properties: JsonObject): JsonObject {
  return { type: "object", description, properties };
}

/** A list. */
export function list(items: JsonObject): JsonObject {
  return { type: "array", items };
}

/** A text. */
export function text(description: string): JsonObject {
  return { type: "string", description };
}

/** A map of texts. */
export function texts(description: string): JsonObject {
  return { type: "object", description, additionalProperties: { type: "string" } };
}

/** A whole number. */
export function number(description: string): JsonObject {
  return { type: "integer", description };
}

/** A time, RFC 3339. */
export function time(description: string): JsonObject {
  return { type: "string", format: "date-time", description };
}
