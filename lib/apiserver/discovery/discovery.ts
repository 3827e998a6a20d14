/** Discovery documents: which groups, versions and kinds there are. */

import type { JsonObject } from "../../base/json.ts";
import { NAMESPACES } from "../../api/resources.ts";
import { apiVersionOf } from "../../api/resources.ts";
import type { Resource } from "../kinds/resource.ts";

const VERBS = ["create", "delete", "get", "list", "patch", "update", "watch"];
const VERBS_OF_MANY = ["create", "delete", "deletecollection", ...VERBS.slice(2)];
const STATUS_VERBS = ["get", "patch", "update"];

/** `/api`: the versions of the core group. */
export function coreVersions(): JsonObject {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

/** `/apis`: the other groups. */
export function groupList(resources: readonly Resource[]): JsonObject {
  const names = new Set(resources.map(({ type }) => type.group).filter((group) => group !== ""));
  const groups = [...names].map((name) => groupOf(resources, name));
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

/** `/apis/GROUP`; `undefined` when there is no such group. */
export function groupDocument(
  resources: readonly Resource[],
  group: string,
): JsonObject | undefined {
  if (!resources.some(({ type }) => type.group === group)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...groupOf(resources, group) };
}

/** `/api/v1` and `/apis/GROUP/VERSION`; `undefined` when nothing is served there. */
export function resourceList(
  resources: readonly Resource[],
  groupVersion: string,
): JsonObject | undefined {
  const served = resources.filter(({ type }) => apiVersionOf(type) === groupVersion);
  if (served.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion,
    resources: served.flatMap(entriesOf),
  };
}

/**
 * `/version`. The numbers say which Kubernetes release this API behaves like, because clients
 * compare them with their own.
 */
export function versionDocument(): JsonObject {
  return {
    major: "1",
    minor: "34",
    gitVersion: "v1.34.0+vm-dhcp",
    gitCommit: "",
    gitTreeState: "",
    buildDate: "1970-01-01T00:00:00Z",
    goVersion: "",
    compiler: "",
    platform: "linux/amd64",
  };
}

function groupOf(resources: readonly Resource[], name: string): JsonObject {
  const found = resources.filter(({ type }) => type.group === name);
  const versions = [...new Set(found.map(({ type }) => type.version))].map((version) => ({
    groupVersion: `${name}/${version}`,
    version,
  }));
  return { name, versions, preferredVersion: versions[0] };
}

function entriesOf(resource: Resource): JsonObject[] {
  const { plural, kind, namespaced } = resource.type;
  const { singular, shortNames, categories } = resource;
  const main = {
    name: plural,
    singularName: singular,
    namespaced,
    kind,
    verbs: resource.type === NAMESPACES ? VERBS : VERBS_OF_MANY,
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
  if (!resource.hasStatus) return [main];
  const status = { name: `${plural}/status`, singularName: "", namespaced, kind };
  return [main, { ...status, verbs: STATUS_VERBS }];
}
