/** Bodies of requests, read within bounds. */

import type { JsonObject } from "../api/meta.ts";
import { isJsonObject } from "./json.ts";
import { readProtobufNamespace } from "./protobuf_namespace.ts";
import type { Resource } from "./resource.ts";
import { ApiError, badRequest } from "./status.ts";

/** Largest body that is read, as in kube-apiserver. */
const BODY_BYTES_MAX = 3 * 1024 * 1024;

const JSON_TYPE = "application/json";
const PROTOBUF_TYPE = "application/vnd.kubernetes.protobuf";

/**
 * Reads the object that a create or replace sends.
 *
 * @returns What JSON holds; the caller checks it.
 * @throws {ApiError} 415 for other encodings, and as {@link readJsonBody}.
 */
export async function readObjectBody(request: Request, resource: Resource): Promise<unknown> {
  const contentType = contentTypeOf(request.headers);
  if (contentType === JSON_TYPE) return await readJsonBody(request);
  if (contentType === PROTOBUF_TYPE && resource.type.kind === "Namespace") {
    const namespace = readProtobufNamespace(await readBody(request));
    if (namespace !== undefined) return namespace;
  }
  throw new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format (${contentType}) - accepted media types ` +
      `include: ${JSON_TYPE}`,
  );
}

/** The media type of the body, without its parameters; JSON when the client does not say. */
export function contentTypeOf(headers: Headers): string {
  return (headers.get("content-type") ?? "application/json").split(";")[0]!.trim().toLowerCase();
}

/**
 * Reads a JSON body.
 *
 * @returns `undefined` when there is no body.
 * @throws {ApiError} 400 for what is not JSON, 413 for what is too large.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  const bytes = await readBody(request);
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw badRequest(`the body of the request is not JSON: ${(error as Error).message}`);
  }
}

/**
 * Reads a body.
 *
 * @throws {ApiError} 413 for what is too large.
 */
async function readBody(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of request.body ?? []) {
    length += chunk.length;
    if (length > BODY_BYTES_MAX) {
      const message = `Request entity too large: limit is ${BODY_BYTES_MAX} bytes`;
      throw new ApiError(413, "RequestEntityTooLarge", message);
    }
    chunks.push(chunk);
  }
  const body = new Uint8Array(length);
  let position = 0;
  for (const chunk of chunks) {
    body.set(chunk, position);
    position += chunk.length;
  }
  return body;
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
