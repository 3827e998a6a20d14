/** GET of objects and of lists. */

import type { JsonObject, KubeObject } from "../api/meta.ts";
import { apiVersionOf } from "../api/resources.ts";
import type { ApiContext } from "./api_context.ts";
import { parseStored } from "./object_store.ts";
import { type OutputForm, parseCount, parseIncludeObject } from "./request_options.ts";
import type { Resource } from "./resource.ts";
import type { CollectionTarget, ObjectTarget } from "./route.ts";
import { parseSelection, type Selection, selectsByKeyOnly, selectsObject } from "./selection.ts";
import { ApiError, badRequest, notFound } from "./status.ts";
import { tableOf } from "./table.ts";

/** How the client wants to see what it reads. */
export interface ReadRequest {
  readonly query: URLSearchParams;
  readonly form: OutputForm;
}

/**
 * Reads one object.
 *
 * @returns JSON text.
 * @throws {ApiError} 404 when there is none.
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
  if (form === "object") return JSON.stringify(object);
  const metadata = { resourceVersion: object.metadata.resourceVersion };
  const options = { includeObject: parseIncludeObject(query), nowMs: nowMs() };
  return JSON.stringify(tableOf(resource, { objects: [object], metadata }, options));
}

/**
 * Lists objects: always all of them, in their newest state, whatever `limit` says; so there is never
 * a `continue` token.
 *
 * @returns JSON text.
 * @throws {ApiError} 400 for selectors that are not understood, 504 for a revision of the future.
 */
export function listObjects(
  context: ApiContext,
  target: CollectionTarget,
  { query, form }: ReadRequest,
): string {
  const { store, nowMs } = context;
  const { resource } = target;
  parseCount(query, "limit");
  if (query.get("continue")) throw badRequest("continue must be empty: lists are never cut here");
  checkListRevision(query, store.revision);
  const selection = parseSelection(target, query);
  const texts = selectedTexts(context, resource, selection);
  const metadata = { resourceVersion: String(store.revision) };
  if (form === "object") return listText(resource, { ...metadata, continue: "" }, texts);
  const objects = texts.map((text) => servedObject(resource, text));
  const options = { includeObject: parseIncludeObject(query), nowMs: nowMs() };
  return JSON.stringify(tableOf(resource, { objects, metadata }, options));
}

/** JSON texts of the selected objects, in their stored shape. */
export function selectedTexts(
  { store }: ApiContext,
  resource: Resource,
  selection: Selection,
): string[] {
  const { namespace, name } = selection;
  const texts = store.list({ storage: resource.storage, namespace, name });
  if (selectsByKeyOnly(selection)) return texts;
  return texts.filter((text) => selectsObject(selection, servedObject(resource, text)));
}

/** The object of a stored text, in the shape of the kind. */
export function servedObject(resource: Resource, text: string): KubeObject {
  const stored = parseStored(text);
  return resource.toServed?.(stored) ?? stored;
}

/** Texts are joined, not parsed: that makes long lists cheap. */
function listText(resource: Resource, metadata: JsonObject, texts: readonly string[]): string {
  const { type, listKind, toServed } = resource;
  const head = JSON.stringify({ apiVersion: apiVersionOf(type), kind: listKind, metadata });
  const items = toServed === undefined
    ? texts
    : texts.map((text) => JSON.stringify(servedObject(resource, text)));
  return `${head.slice(0, -1)},"items":[${items.join(",")}]}`;
}

function checkListRevision(query: URLSearchParams, current: number): void {
  const wanted = parseCount(query, "resourceVersion");
  if (wanted === undefined || wanted <= current) return;
  throw new ApiError(
    504,
    "Timeout",
    `Timeout: Too large resource version: ${wanted}, current: ${current}`,
    {
      causes: [{
        reason: "ResourceVersionTooLarge",
        message: "Too large resource version",
        field: "",
      }],
      retryAfterSeconds: 1,
    },
  );
}
