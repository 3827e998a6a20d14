/** GET of objects and of lists. */

import type { JsonObject } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { apiVersionOf } from "../../api/resources.ts";
import type { ApiContext } from "./api_context.ts";
import { parseListOptions } from "../request/list_options.ts";
import { readPage } from "./list_page.ts";
import { type OutputForm, parseIncludeObject } from "../request/request_options.ts";
import type { Resource } from "../kinds/resource.ts";
import type { CollectionTarget, ObjectTarget } from "../request/route.ts";
import { parseSelection, servedObject } from "../request/selection.ts";
import { notFound } from "../http/status.ts";
import { metadataOf, tableOf } from "../kinds/table.ts";

/** How the client wants to see what it reads. */
export interface ReadRequest {
  readonly query: URLSearchParams;
  readonly form: OutputForm;
}

/**
 * Reads one object.
 *
 * @returns JSON text.
 * @throws {ApiError} 404 when it does not exist.
 */
export function getObject(
  { store, nowMs }: ApiContext,
  { resource, namespace, name }: ObjectTarget,
  { query, form }: ReadRequest,
): string {
  const text = store.get({ storage: resource.storage, namespace, name });
  if (text === undefined) throw notFound(resource.type, name);
  if (form === "object" && resource.toServed === undefined) return text;
  const object = servedObject(resource, text);
  if (form !== "table") return JSON.stringify(form === "object" ? object : metadataOf(object));
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  const options = { includeObject: parseIncludeObject(query), nowMs: nowMs() };
  return JSON.stringify(tableOf(resource, { objects: [object], metadata }, options));
}

/**
 * Lists objects.
 *
 * @returns JSON text.
 * @throws {ApiError} 400 or 422 for malformed parameters, 504 for a revision of the future, 410 for
 * one that is no longer remembered.
 */
export function listObjects(
  context: ApiContext,
  target: CollectionTarget,
  { query, form }: ReadRequest,
): string {
  const { store, nowMs } = context;
  const { resource } = target;
  const options = parseListOptions(query, store.revision);
  const selection = parseSelection(target, query);
  const { texts, revision, ...rest } = readPage(context, resource, { selection, options });
  const metadata = { resourceVersion: String(revision), ...rest };
  if (form === "object") return listText(resource, metadata, texts);
  const objects = texts.map((text) => servedObject(resource, text));
  if (form === "metadata") return metadataList(objects, metadata);
  const includeObject = parseIncludeObject(query);
  const table = { objects, metadata };
  return JSON.stringify(tableOf(resource, table, { includeObject, nowMs: nowMs() }));
}

/** Metadata of a list; in lists of kinds that clients do not know an empty token is spelled out. */
export function listMetadata({ isCompiledIn }: Resource, metadata: JsonObject): JsonObject {
  return isCompiledIn ? metadata : { continue: "", ...metadata };
}

/** Texts are joined, not parsed: that makes long lists cheap. */
function listText(resource: Resource, metadata: JsonObject, texts: readonly string[]): string {
  const { type, listKind, isCompiledIn } = resource;
  const head = JSON.stringify({
    apiVersion: apiVersionOf(type),
    kind: listKind,
    metadata: listMetadata(resource, metadata),
  });
  // Clients that have the kind compiled in know what the items are.
  const items = isCompiledIn
    ? texts.map((text) => JSON.stringify(untyped(servedObject(resource, text))))
    : texts;
  return `${head.slice(0, -1)},"items":[${items.join(",")}]}`;
}

/** Items of lists of kinds that clients know do not say what they are. */
export function untyped(
  { apiVersion: _apiVersion, kind: _kind, ...object }: KubeObject,
): JsonObject {
  return object;
}

function metadataList(objects: readonly KubeObject[], metadata: JsonObject): string {
  const items = objects.map(metadataOf);
  const [kind, apiVersion] = ["PartialObjectMetadataList", "meta.k8s.io/v1"];
  return JSON.stringify({ kind, apiVersion, metadata, items });
}
