/** Answers requests: finds the target, runs the verb and writes the answer. */

import { messageOf } from "../base/errors.ts";
import { nestsDeeperThan } from "../base/json.ts";
import { NAMESPACES } from "../api/resources.ts";
import type { Logger } from "../observe/logger.ts";
import type { ApiContext, WriteAnswer } from "./verbs/api_context.ts";
import { createObject } from "./verbs/create_object.ts";
import { deleteObject, deleteObjects } from "./verbs/delete_object.ts";
import type { DocumentHandler } from "./discovery/document_handler.ts";
import {
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  RequestBodyError,
} from "../http/exchange.ts";
import { readPatch } from "./request/patch_body.ts";
import { getObject, listObjects } from "./verbs/read_objects.ts";
import { readDeleteOptions, readNewObject, readObject } from "./request/request_body.ts";
import { parseAccept, parseDeleteOptions, parseWriteOptions } from "./request/request_options.ts";
import { type CollectionTarget, type ObjectTarget, routeOf } from "./request/route.ts";
import { WriteFaultError } from "./store/write_fault.ts";
import { parseSelection } from "./request/selection.ts";
import { ApiError } from "./http/status.ts";
import { ObjectTooLargeError } from "./store/object_size.ts";
import { patchObject, replaceObject } from "./verbs/update_object.ts";
import { warningHeaders } from "./http/warning_headers.ts";
import { isTrue, watchObjects } from "./verbs/watch_objects.ts";

/** The parts of the request handler. */
export interface RequestHandlerParts {
  readonly context: ApiContext;
  readonly documents: DocumentHandler;
  readonly log: Logger;
}

/** Answers one request, whoever sent it; never rejects. */
export async function handleRequest(
  { context, documents, log }: RequestHandlerParts,
  request: HttpRequest,
): Promise<HttpResponse> {
  try {
    const route = routeOf(request.path, context.registry);
    switch (route.kind) {
      case "collection":
        return await answerCollection(context, route.target, request);
      case "object":
        return await answerObject(context, route.target, request);
      case "noSubresource":
        throw noSubresource(route.target);
      case "other":
        return documents.answer(request.method, request.path);
      default:
        return route satisfies never;
    }
  } catch (error) {
    return errorResponse(error, request, log);
  }
}

/** The answer to a client without the token. */
export function unauthorized(): HttpResponse {
  return statusResponse(new ApiError(401, "Unauthorized", "Unauthorized"));
}

async function answerCollection(
  context: ApiContext,
  target: CollectionTarget,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { query } = request;
  const { type } = target.resource;
  if (request.method === "POST" && (target.namespace !== undefined || !type.namespaced)) {
    const options = parseWriteOptions("CreateOptions", query);
    const body = await readNewObject(request, target.resource);
    return await written(context, query, () => createObject(context, target, { body, options }));
  }
  if (request.method === "DELETE" && type !== NAMESPACES) {
    const options = parseDeleteOptions(query, await readDeleteOptions(request));
    const selection = parseSelection(target, query);
    return await written(
      context,
      query,
      () => deleteObjects(context, target, { selection, options }),
    );
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw methodNotAllowed(request, target);
  }
  const form = parseAccept(request.headers["accept"]);
  if (isTrue(query.get("watch"))) {
    return jsonResponse(watchObjects(context, target, { query, form }));
  }
  return readResponse(listObjects(context, target, { query, form }), query);
}

async function answerObject(
  context: ApiContext,
  target: ObjectTarget,
  request: HttpRequest,
): Promise<HttpResponse> {
  const { query } = request;
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const form = parseAccept(request.headers["accept"]);
      return readResponse(getObject(context, target, { query, form }), query);
    }
    case "PUT": {
      const options = parseWriteOptions("UpdateOptions", query);
      const body = await readObject(request);
      return await written(context, query, () => replaceObject(context, target, { body, options }));
    }
    case "PATCH": {
      const options = parseWriteOptions("PatchOptions", query);
      const patch = await readPatch(request, target.resource);
      return await written(context, query, () => patchObject(context, target, { patch, options }));
    }
    case "DELETE": {
      if (target.subresource !== undefined) throw methodNotAllowed(request, target);
      const options = parseDeleteOptions(query, await readDeleteOptions(request));
      return await written(context, query, () => deleteObject(context, target, options));
    }
    default:
      throw methodNotAllowed(request, target);
  }
}

function noSubresource({ resource: { type }, name }: ObjectTarget): ApiError {
  const message = "the server could not find the requested resource";
  const details = { name, ...(type.group === "" ? {} : { group: type.group }), kind: type.plural };
  return new ApiError(404, "NotFound", message, details);
}

function methodNotAllowed(
  { method }: HttpRequest,
  { resource: { type } }: CollectionTarget | ObjectTarget,
): ApiError {
  const what = type.group === "" ? type.plural : `${type.plural}.${type.group}`;
  return new ApiError(
    405,
    "MethodNotAllowed",
    `${method} is not supported here on resources of kind ${JSON.stringify(what)}`,
    { group: type.group, kind: type.plural },
  );
}

/** Answers a write once it is on disk. */
async function written(
  { commits }: ApiContext,
  query: URLSearchParams,
  write: () => WriteAnswer,
): Promise<HttpResponse> {
  const { code, body, warnings } = await commits.run(write);
  return jsonResponse(laidOut(JSON.stringify(body), query), {
    status: code,
    headers: warnings.length === 0 ? {} : { warning: warningHeaders(warnings) },
  });
}

function readResponse(json: string, query: URLSearchParams): HttpResponse {
  return jsonResponse(laidOut(json, query));
}

/** What is laid out for people; the rest would become many times as long. */
const LAID_OUT = { charsMax: 256 * 1024, levelsMax: 64 } as const;

function laidOut(json: string, query: URLSearchParams): string {
  if (!isTrue(query.get("pretty")) || json.length > LAID_OUT.charsMax) return `${json}\n`;
  const value: unknown = JSON.parse(json);
  if (nestsDeeperThan(value, LAID_OUT.levelsMax)) return `${json}\n`;
  return `${JSON.stringify(value, null, 2)}\n`;
}

function errorResponse(error: unknown, { method, path }: HttpRequest, log: Logger): HttpResponse {
  const known = knownError(error);
  // A fault of the disk is told once, by the part of the process that waits for its end.
  if (known.code === 500 && !(error instanceof WriteFaultError)) {
    log.log("error", "API request failed", { method, path, error: error as Error });
  }
  return statusResponse(known);
}

function statusResponse(error: ApiError): HttpResponse {
  const { retryAfterSeconds } = error.details ?? {};
  return jsonResponse(`${JSON.stringify(error.toStatus())}\n`, {
    status: error.code,
    headers: retryAfterSeconds === undefined ? {} : { "retry-after": String(retryAfterSeconds) },
  });
}

const BODY_REASONS = {
  400: "BadRequest",
  413: "RequestEntityTooLarge",
  503: "ServiceUnavailable",
} as const;

function knownError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof RequestBodyError) {
    const details = error.status === 503 ? { retryAfterSeconds: 1 } : undefined;
    return new ApiError(error.status, BODY_REASONS[error.status], error.message, details);
  }
  if (error instanceof WriteFaultError) return new ApiError(500, "InternalError", error.message);
  if (error instanceof ObjectTooLargeError) {
    return new ApiError(413, "RequestEntityTooLarge", error.message);
  }
  return new ApiError(500, "InternalError", `Internal error occurred: ${messageOf(error)}`);
}
