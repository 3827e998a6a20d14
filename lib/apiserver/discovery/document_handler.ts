/** Answers what is not about objects: discovery, OpenAPI, version, health. */

import {
  coreVersions,
  groupDocument,
  groupList,
  resourceList,
  versionDocument,
} from "./discovery.ts";
import { type HttpResponse, jsonResponse, textResponse } from "../../http/exchange.ts";
import { OpenApiDocuments } from "./openapi.ts";
import type { Resource } from "../kinds/resource.ts";

const OPENAPI_PREFIX = "/openapi/v3/";
const OPENAPI_V2_PATH = "/openapi/v2";
const HEALTH_PATHS: ReadonlySet<string> = new Set(["/healthz", "/livez", "/readyz"]);

/** The documents of a server; they do not change while it runs. */
export class DocumentHandler {
  readonly #resources: readonly Resource[];
  readonly #openApi: OpenApiDocuments;

  constructor(resources: readonly Resource[]) {
    this.#resources = resources;
    this.#openApi = new OpenApiDocuments(resources);
  }

  /** The answer to a path that names no object. */
  answer(method: string, path: string): HttpResponse {
    const readOnly = method === "GET" || method === "HEAD";
    const trimmed = withoutSlashesAtEnd(path);
    if (readOnly && HEALTH_PATHS.has(trimmed)) return textResponse("ok");
    if (readOnly && trimmed === OPENAPI_V2_PATH) return emptyOpenApiV2();
    const document = readOnly ? this.#document(trimmed) : undefined;
    if (document === undefined) return textResponse("404 page not found\n", 404);
    return jsonResponse(document);
  }

  #document(path: string): string | undefined {
    if (path.startsWith(OPENAPI_PREFIX)) {
      return this.#openApi.text(path.slice(OPENAPI_PREFIX.length));
    }
    const found = this.#objectAt(path);
    return found === undefined ? undefined : JSON.stringify(found);
  }

  #objectAt(path: string): object | undefined {
    switch (path) {
      case "/api":
        return coreVersions();
      case "/apis":
        return groupList(this.#resources);
      case "/version":
        return versionDocument();
      case "/openapi/v3":
        return this.#openApi.index();
    }
    const match = /^\/(?:api\/([^/]+)|apis\/([^/]+)(?:\/([^/]+))?)$/.exec(path);
    if (match === null) return undefined;
    const [, coreVersion, group, version] = match;
    if (coreVersion !== undefined) return resourceList(this.#resources, coreVersion);
    if (version === undefined) return groupDocument(this.#resources, group!);
    return resourceList(this.#resources, `${group}/${version}`);
  }
}

/** By hand: a pattern would look at a run of slashes from each of them. */
function withoutSlashesAtEnd(path: string): string {
  let end = path.length;
  while (end > 1 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/**
 * A document that defines nothing: no bytes in Protobuf, the encoding that kubectl requests. kubectl
 * looks there for kinds that version 3 lacks. Without an answer it reports a failed validation instead of
 * an unknown kind.
 */
function emptyOpenApiV2(): HttpResponse {
  const type = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";
  return { status: 200, headers: { "content-type": type }, body: "" };
}
