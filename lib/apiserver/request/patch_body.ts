/** Which patches are understood, and what each does to an object. */

import type { KubeObject } from "../../api/meta.ts";
import type { HttpRequest } from "../../http/exchange.ts";
import { applyJsonPatch, JsonPatchError } from "../patch/json_patch.ts";
import { applyMergePatch } from "../patch/merge_patch.ts";
import { contentTypeOf, readJsonBody, requireObject } from "./request_body.ts";
import type { Resource } from "../kinds/resource.ts";
import { ApiError, badRequest } from "../http/status.ts";
import { applyStrategicMergePatch, StrategicPatchError } from "../patch/strategic_merge_patch.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC_MERGE_PATCH = "application/strategic-merge-patch+json";
const APPLY_PATCH = "application/apply-patch+yaml";

/**
 * Returns the patched object, which is not checked yet; does not change its argument. Can be called
 * once.
 *
 * @throws {ApiError} 400, 413 or 422 when the patch is malformed or does not fit the object.
 */
export type Patch = (current: KubeObject) => unknown;

/**
 * Reads a patch: JSON patch (RFC 6902), JSON merge patch (RFC 7396), and strategic merge patch for
 * the kinds that kubectl has compiled in.
 *
 * @throws {ApiError} 415 for all others, 400 and 413 for bodies that cannot be read.
 */
export async function readPatch(request: HttpRequest, resource: Resource): Promise<Patch> {
  const contentType = contentTypeOf(request);
  switch (contentType) {
    case JSON_PATCH: {
      const operations = await readJsonBody(request);
      return (current) => jsonPatched(current, operations);
    }
    case MERGE_PATCH: {
      const patch = requireObject(await readJsonBody(request), "the patch");
      return (current) => applyMergePatch(structuredClone(current), patch);
    }
    case STRATEGIC_MERGE_PATCH: {
      if (!resource.isCompiledIn) break;
      const patch = requireObject(await readJsonBody(request), "the patch");
      return (current) => strategicallyPatched(current, patch);
    }
    case APPLY_PATCH:
      throw unsupported("server-side apply is not supported here, use kubectl apply without it", [
        JSON_PATCH,
        MERGE_PATCH,
      ]);
  }
  const strategic = resource.isCompiledIn ? [STRATEGIC_MERGE_PATCH] : [];
  throw unsupported(
    `the body of the request was in an unknown format (${contentType})`,
    [JSON_PATCH, MERGE_PATCH, ...strategic],
  );
}

function jsonPatched(current: KubeObject, operations: unknown): unknown {
  try {
    return applyJsonPatch(current, operations);
  } catch (error) {
    if (!(error instanceof JsonPatchError)) throw error;
    switch (error.problem) {
      case "malformed":
        throw badRequest(error.message);
      case "tooLarge":
        throw new ApiError(413, "RequestEntityTooLarge", error.message);
      case "inapplicable":
        throw new ApiError(422, "Invalid", error.message);
      default:
        throw error.problem satisfies never;
    }
  }
}

function strategicallyPatched(current: KubeObject, patch: Record<string, unknown>): unknown {
  try {
    return applyStrategicMergePatch(structuredClone(current), patch);
  } catch (error) {
    throw error instanceof StrategicPatchError ? badRequest(error.message) : error;
  }
}

function unsupported(what: string, accepted: readonly string[]): ApiError {
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `${what} - accepted media types include: ${accepted.join(", ")}`,
  );
}
