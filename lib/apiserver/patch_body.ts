/** Which patches are understood. */

import type { JsonObject } from "../api/meta.ts";
import type { ApiRequest } from "./http_exchange.ts";
import { isJsonObject } from "./json.ts";
import { contentTypeOf, readJsonBody, requireObject } from "./request_body.ts";
import type { Resource } from "./resource.ts";
import { ApiError } from "./status.ts";

const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";

/**
 * Reads a patch that means what a JSON merge patch means.
 *
 * kubectl sends strategic merge patches for the kinds that it has compiled in. Without directives,
 * and for the maps and plain fields of the kinds served here, they mean the same.
 *
 * @throws {ApiError} 415 for all others, 400 and 413 for bodies that cannot be read.
 */
export async function readPatch(request: ApiRequest, resource: Resource): Promise<JsonObject> {
  const contentType = contentTypeOf(request);
  const isStrategic = contentType === STRATEGIC_MERGE_PATCH && resource.isCompiledIn;
  if (contentType !== MERGE_PATCH && !isStrategic) {
    throw unsupported(`patches of the type ${contentType} are not supported here`);
  }
  const body = requireObject(await readJsonBody(request), "the patch");
  if (isStrategic && hasDirective(body)) {
    throw unsupported("directives of strategic merge patches ($patch, …) are not supported here");
  }
  return body;
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
