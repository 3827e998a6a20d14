/** Bodies of requests, decoded. */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject, NESTING_MAX, nestsDeeperThan } from "../../base/json.ts";
import { INEXACT, inexactNumberIn } from "../../base/json/json_numbers.ts";
import type { HttpRequest } from "../../http/exchange.ts";
import { readProtobufNamespace } from "./protobuf_namespace.ts";
import type { Resource } from "../kinds/resource.ts";
import { ApiError, badRequest } from "../http/status.ts";

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

/**
 * Reads the object that a create sends.
 *
 * @returns The parsed JSON, unchecked.
 * @throws {ApiError} 415 for other encodings, and as {@link readJsonBody}.
 */
export async function readNewObject(request: HttpRequest, resource: Resource): Promise<unknown> {
  const contentType = contentTypeOf(request);
  if (contentType !== PROTOBUF_TYPE || resource.type.kind !== "Namespace") {
    return await readObject(request);
  }
  const namespace = readProtobufNamespace(await request.readBody());
  if (namespace === undefined) throw unsupported(contentType);
  return namespace;
}

/**
 * Reads the object that a replace sends.
 *
 * @returns The parsed JSON, unchecked.
 * @throws {ApiError} 415 for other encodings, and as {@link readJsonBody}.
 */
export async function readObject(request: HttpRequest): Promise<unknown> {
  const contentType = contentTypeOf(request);
  if (contentType === JSON_TYPE) return await readJsonBody(request);
  throw unsupported(contentType);
}

/**
 * Reads the options that a delete may send.
 *
 * @returns The parsed JSON, unchecked; `undefined` when there is no body.
 * @throws {ApiError} 415 for other encodings, and as {@link readJsonBody}.
 */
export async function readDeleteOptions(request: HttpRequest): Promise<unknown> {
  const contentType = contentTypeOf(request);
  if (contentType === JSON_TYPE) return await readJsonBody(request);
  if ((await request.readBody()).length === 0) return undefined;
  throw unsupported(contentType);
}

function unsupported(contentType: string): ApiError {
  const hint = contentType === PROTOBUF_TYPE ? ", which kubectl apply -f FILE sends" : "";
  return new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format (${contentType}) - accepted media types ` +
      `include: ${JSON_TYPE}${hint}`,
  );
}

/** The media type of the body, without its parameters; JSON when the client does not say. */
export function contentTypeOf({ headers }: HttpRequest): string {
  return (headers["content-type"] ?? JSON_TYPE).split(";")[0]!.trim().toLowerCase();
}

/**
 * Reads a JSON body.
 *
 * @returns `undefined` when there is no body.
 * @throws {ApiError} 400 when the body is not JSON, nests too deep, or has a number that cannot be
 * kept as it is.
 * @throws {RequestBodyError} 413 when it is too large.
 */
export async function readJsonBody(request: HttpRequest): Promise<unknown> {
  const bytes = await request.readBody();
  if (bytes.length === 0) return undefined;
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    value = JSON.parse(text);
  } catch (error) {
    throw badRequest(`the body of the request is not JSON: ${(error as Error).message}`);
  }
  if (nestsDeeperThan(value, NESTING_MAX)) {
    throw badRequest(`the body of the request nests deeper than ${NESTING_MAX} levels`);
  }
  const number = inexactNumberIn(text);
  if (number === undefined) return value;
  throw badRequest(`the body of the request has the number ${number}, which ${INEXACT}`);
}

/**
 * Requires a JSON object.
 *
 * @throws {ApiError} 400 when it is something else.
 */
export function requireObject(body: unknown, what: string): JsonObject {
  if (isJsonObject(body)) return body;
  throw badRequest(`${what} must be a JSON object`);
}
