/** Which kind, namespace and object a URL names. */

import type { Resource } from "../kinds/resource.ts";
import type { ResourceRegistry } from "../kinds/resource_registry.ts";

/** A path, understood. */
export type Route =
  | { readonly kind: "collection"; readonly target: CollectionTarget }
  | { readonly kind: "object"; readonly target: ObjectTarget }
  /** A part of an object that it does not have. */
  | { readonly kind: "noSubresource"; readonly target: ObjectTarget }
  /** Everything else: discovery, OpenAPI, health, or nothing. */
  | { readonly kind: "other" };

/** All objects of a kind, or those of one namespace. */
export interface CollectionTarget {
  readonly resource: Resource;
  /** Absent: all namespaces, or a kind without namespaces. */
  readonly namespace?: string;
}

/** One object, or its status. */
export interface ObjectTarget {
  readonly resource: Resource;
  /** Empty for kinds without namespaces. */
  readonly namespace: string;
  readonly name: string;
  readonly subresource?: "status";
}

/**
 * Finds what a path names (Kubernetes documentation "API concepts, Resource URIs").
 *
 * @param path Path of the URL, still percent-encoded.
 */
export function routeOf(path: string, registry: ResourceRegistry): Route {
  const segments = decodeSegments(path);
  if (segments === undefined) return { kind: "other" };
  const [root, ...rest] = segments;
  if (root === "api" && rest.length > 1) return routeIn(rest[0]!, rest.slice(1), registry);
  if (root === "apis" && rest.length > 2) {
    return routeIn(`${rest[0]}/${rest[1]}`, rest.slice(2), registry);
  }
  return { kind: "other" };
}

function routeIn(
  apiVersion: string,
  segments: readonly string[],
  registry: ResourceRegistry,
): Route {
  // `namespaces/NAME/PLURAL` is a kind in a namespace, unless PLURAL is a subresource of Namespaces.
  if (segments[0] === "namespaces" && segments.length > 2 && segments[2] !== "status") {
    const resource = registry.find(apiVersion, segments[2]!);
    if (resource === undefined || !resource.type.namespaced) return { kind: "other" };
    return routeOfResource(resource, segments[1]!, segments.slice(3));
  }
  const resource = registry.find(apiVersion, segments[0]!);
  if (resource === undefined) return { kind: "other" };
  if (!resource.type.namespaced) return routeOfResource(resource, undefined, segments.slice(1));
  return segments.length === 1 ? { kind: "collection", target: { resource } } : { kind: "other" };
}

function routeOfResource(
  resource: Resource,
  namespace: string | undefined,
  rest: readonly string[],
): Route {
  const [name, subresource] = rest;
  if (name === undefined) {
    return {
      kind: "collection",
      target: { resource, ...(namespace === undefined ? {} : { namespace }) },
    };
  }
  const target = { resource, namespace: namespace ?? "", name };
  if (rest.length === 1) return { kind: "object", target };
  if (rest.length === 2 && subresource === "status" && resource.hasStatus) {
    return { kind: "object", target: { ...target, subresource } };
  }
  return { kind: "noSubresource", target };
}

function decodeSegments(path: string): string[] | undefined {
  try {
    return path.split("/").filter((segment) => segment !== "").map(decodeURIComponent);
  } catch {
    return undefined;
  }
}
