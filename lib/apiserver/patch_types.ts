/** Which patches are understood. */

import type { JsonObject } from "../api/meta.ts";
import { isJsonObject } from "./json.ts";
import type { Resource } from "./resource.ts";
import { ApiError } from "./status.ts";

const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";

/**
 * Requires a patch that means what a JSON merge patch means.
 *
 * kubectl sends strategic merge patches for the kinds that it has compiled in. Without directives,
 * and for the maps and plain fields of the kinds served here, they mean the same.
 *
 * @throws {ApiError} 415 for all others.
 */
export function requirePatchType(resource: Resource, contentType: string, body: JsonObject): void {
  if (contentType === MERGE_PATCH) return;
  if (contentType !== STRATEGIC_MERGE_PATCH || !resource.acceptsStrategicMerge) {
    throw unsupported(`patches of the type ${contentType} are not supported here`);
  }
  if (hasDirective(body)) {
    throw unsupported("directives of strategic merge patches ($patch, …) are not supported here");
  }
}

function unsupported(what: string): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `${what} - accepted media types include: ${MERGE_PATCH}`,
  );
}

function hasDirective(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasDirective);
  if (!isJsonObject(value)) return false;
  return Object.entries(value).some(([key, child]) => key.startsWith("$") || hasDirective(child));
}
