/** Where the API serves objects: paths and query strings (Kubernetes API concepts, "Resource URIs"). */

import { apiVersionOf } from "../../api/resources.ts";
import type { ResourceType } from "../../api/meta.ts";
import type { ListOptions, WatchOptions, WriteOptions } from "../contract.ts";

/** What a request is about. */
export interface ResourceTarget {
  readonly type: ResourceType;
  /** Absent or empty: objects of all namespaces, or a kind without namespaces. */
  readonly namespace?: string | undefined;
  /** Absent: the collection. */
  readonly name?: string | undefined;
  readonly subresource?: "status" | undefined;
}

/**
 * The path of a collection or an object.
 *
 * @throws {Error} when one object of a namespaced kind is named without its namespace: a bug.
 */
export function resourcePath(target: ResourceTarget): string {
  const { type, namespace = "", name, subresource } = target;
  const inNamespace = type.namespaced && namespace !== "";
  if (type.namespaced && !inNamespace && name !== undefined) {
    throw new Error(`${type.kind} "${name}" needs a namespace`);
  }
  const segments = [
    type.group === "" ? "api" : "apis",
    ...apiVersionOf(type).split("/"),
    ...(inNamespace ? ["namespaces", namespace] : []),
    type.plural,
    ...(name === undefined ? [] : [name]),
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `/${segments.map(encodeURIComponent).join("/")}`;
}

/** The query of a list, without the question mark. */
export function listQuery(options: ListOptions): string {
  return query({
    fieldSelector: options.fieldSelector,
    labelSelector: options.labelSelector,
    resourceVersion: options.resourceVersion,
    limit: options.limit,
    continue: options.continue,
  });
}

/** The query of a watch, without the question mark. */
export function watchQuery(options: WatchOptions): string {
  return query({
    watch: true,
    fieldSelector: options.fieldSelector,
    labelSelector: options.labelSelector,
    resourceVersion: options.resourceVersion,
    allowWatchBookmarks: options.allowWatchBookmarks,
    sendInitialEvents: options.sendInitialEvents,
    // The only one that goes with it; servers that do not know it refuse the watch for this.
    resourceVersionMatch: options.sendInitialEvents === true ? "NotOlderThan" : undefined,
    timeoutSeconds: options.timeoutSeconds,
  });
}

/** The query of a write, without the question mark. */
export function writeQuery(options: WriteOptions): string {
  return query({
    dryRun: options.dryRun === true ? "All" : undefined,
    fieldValidation: options.refusesUnknownFields === true ? "Strict" : undefined,
  });
}

function query(
  parameters: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const present = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    // An empty text is the API's own "not given", for selectors and versions alike.
    if (value !== undefined && value !== "") present.set(name, String(value));
  }
  return present.toString();
}
