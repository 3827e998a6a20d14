/** Answers requests: who asks, what for, and how the answer looks on the wire. */

import type { JsonObject } from "../api/meta.ts";
import type { Logger } from "../observe/logger.ts";
import type { ApiContext, WriteAnswer } from "./api_context.ts";
import type { TokenAuthenticator } from "./authentication.ts";
import { createObject } from "./create_object.ts";
import { deleteObject } from "./delete_object.ts";
import type { DocumentHandler } from "./document_handler.ts";
import { readPatch } from "./patch_body.ts";
import { JSON_HEADERS } from "./response_headers.ts";
import { getObject, listObjects } from "./read_objects.ts";
import { readJsonBody, readObjectBody } from "./request_body.ts";
import { parseAccept, parseDeleteOptions, parseWriteOptions } from "./request_options.ts";
import { type CollectionTarget, type ObjectTarget, routeOf } from "./route.ts";
import { ApiError } from "./status.ts";
import { patchObject, replaceObject } from "./update_object.ts";
import { isTrue, watchObjects } from "./watch_objects.ts";

/** What the handler of requests is made of. */
export interface RequestHandlerParts {
  readonly context: ApiContext;
  readonly authenticator: TokenAuthenticator;
  readonly documents: DocumentHandler;
  readonly log: Logger;
}

/** Answers one request; never rejects. */
export async function handleRequest(
  { context, authenticator, documents, log }: RequestHandlerParts,
  request: Request,
): Promise<Response> {
  const { pathname, searchParams: query } = new URL(request.url);
  try {
    if (!authenticator.accepts(request)) throw new ApiError(401, "Unauthorized", "Unauthorized");
    const route = routeOf(pathname, context.registry);
    switch (route.kind) {
      case "collection":
        return await answerCollection(context, route.target, { request, query });
      case "object":
        return await answerObject(context, route.target, { request, query });
      case "other":
        return documents.answer(request.method, pathname);
      default:
        return route satisfies never;
    }
  } catch (error) {
    return errorResponse(error, { log, method: request.method, path: pathname });
  }
}

interface Incoming {
  readonly request: Request;
  readonly query: URLSearchParams;
}

async function answerCollection(
  context: ApiContext,
  target: CollectionTarget,
  { request, query }: Incoming,
): Promise<Response> {
  const { type } = target.resource;
  if (request.method === "POST" && (target.namespace !== undefined || !type.namespaced)) {
    const options = parseWriteOptions("CreateOptions", query);
    const body = await readObjectBody(request, target.resource);
    return writeResponse(createObject(context, target, { body, options }), query);
  }
  if (request.method !== "GET" && request.method !== "HEAD") {
    throw methodNotAllowed(request, target);
  }
  const form = parseAccept(request.headers.get("accept"));
  if (isTrue(query.get("watch"))) {
    return new Response(watchObjects(context, target, { query, form }), { headers: JSON_HEADERS });
  }
  return textResponse(listObjects(context, target, { query, form }), query);
}

async function answerObject(
  context: ApiContext,
  target: ObjectTarget,
  { request, query }: Incoming,
): Promise<Response> {
  switch (request.method) {
    case "GET":
    case "HEAD": {
      const form = parseAccept(request.headers.get("accept"));
      return textResponse(getObject(context, target, { query, form }), query);
    }
    case "PUT": {
      const options = parseWriteOptions("UpdateOptions", query);
      const body = await readObjectBody(request, target.resource);
      return writeResponse(replaceObject(context, target, { body, options }), query);
    }
    case "PATCH": {
      const options = parseWriteOptions("PatchOptions", query);
      const body = await readPatch(request, target.resource);
      return writeResponse(patchObject(context, target, { body, options }), query);
    }
    case "DELETE": {
      if (target.subresource !== undefined) throw methodNotAllowed(request, target);
      const options = parseDeleteOptions(query, await readJsonBody(request));
      return writeResponse(deleteObject(context, target, options), query);
    }
    default:
      throw methodNotAllowed(request, target);
  }
}

function methodNotAllowed(
  { method }: Request,
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

function writeResponse({ code, body, warnings }: WriteAnswer, query: URLSearchParams): Response {
  const response = textResponse(JSON.stringify(body), query, code);
  for (const warning of warnings) {
    response.headers.append("warning", `299 - ${JSON.stringify(warning)}`);
  }
  return response;
}

function textResponse(json: string, query: URLSearchParams, status = 200): Response {
  const text = isTrue(query.get("pretty")) ? JSON.stringify(JSON.parse(json), null, 2) : json;
  return new Response(`${text}\n`, { status, headers: JSON_HEADERS });
}

function errorResponse(
  error: unknown,
  { log, method, path }: { log: Logger; method: string; path: string },
): Response {
  const known = error instanceof ApiError ? error : unexpected(error);
  if (known !== error) {
    log.log("error", "API request failed", { method, path, error: error as Error });
  }
  const headers = new Headers(JSON_HEADERS);
  const { retryAfterSeconds } = known.details ?? {};
  if (retryAfterSeconds !== undefined) headers.set("retry-after", String(retryAfterSeconds));
  const status: JsonObject = known.toStatus();
  return new Response(`${JSON.stringify(status)}\n`, { status: known.code, headers });
}

function unexpected(error: unknown): ApiError {
  const message = error instanceof Error ? error.message : String(error);
  return new ApiError(500, "InternalError", `Internal error occurred: ${message}`);
}
