/**
 * OpenAPI v3 documents, as far as kubectl reads them: the schemas (`kubectl explain`), and the
 * parameters of PATCH, from which `kubectl apply` learns that the server validates fields itself.
 */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject } from "../../base/json.ts";
import { createHash } from "node:crypto";
import { apiVersionOf } from "../../api/resources.ts";
import { OBJECT_META } from "../schema/builtin_documentation.ts";
import type { Resource } from "../kinds/resource.ts";

const META_SCHEMAS: JsonObject = {
  "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta": OBJECT_META,
};

const COMMON_PROPERTIES = {
  apiVersion: { type: "string", description: "Group and version of the kind." },
  kind: { type: "string", description: "Kind of the object, in CamelCase." },
  metadata: {
    description: "Name, labels and the other fields that all kinds have.",
    allOf: [{ "$ref": "#/components/schemas/io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" }],
  },
};

const PATCH_PARAMETERS = ["dryRun", "fieldManager", "fieldValidation"].map((name) => ({
  name,
  in: "query",
  schema: { type: "string", uniqueItems: true },
}));

/** Documents by group and version, such as `apis/network.harvesterhci.io/v1alpha1`. */
export class OpenApiDocuments {
  readonly #texts = new Map<string, string>();

  constructor(resources: readonly Resource[]) {
    for (const [path, members] of Map.groupBy(resources, pathOfGroupVersion)) {
      this.#texts.set(path, JSON.stringify(documentOf(members)));
    }
  }

  /** `/openapi/v3`: where the documents are; the hashes let clients keep them. */
  index(): JsonObject {
    const paths = [...this.#texts].map(([path, text]) => {
      const hash = createHash("sha256").update(text).digest("hex").toUpperCase();
      return [path, { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }];
    });
    return { paths: Object.fromEntries(paths) };
  }

  /** JSON text of one document. */
  text(path: string): string | undefined {
    return this.#texts.get(path);
  }
}

function pathOfGroupVersion({ type }: Resource): string {
  return type.group === "" ? `api/${type.version}` : `apis/${apiVersionOf(type)}`;
}

function documentOf(resources: readonly Resource[]): JsonObject {
  const schemas = resources.map((resource) => [schemaNameOf(resource), schemaOf(resource)]);
  return {
    openapi: "3.0.0",
    info: { title: "vm-dhcp", version: "v1" },
    paths: Object.fromEntries(resources.flatMap(pathsOf)),
    components: { schemas: { ...Object.fromEntries(schemas), ...META_SCHEMAS } },
  };
}

function pathsOf(resource: Resource): [string, JsonObject][] {
  const { type } = resource;
  const namespace = type.namespaced ? "/namespaces/{namespace}" : "";
  const collection = `/${pathOfGroupVersion(resource)}${namespace}/${type.plural}`;
  const operation = {
    "x-kubernetes-group-version-kind": gvkOf(resource),
    responses: {
      "200": {
        description: "OK",
        content: { "application/json": { schema: refTo(schemaNameOf(resource)) } },
      },
    },
  };
  const writing = { ...operation, parameters: PATCH_PARAMETERS };
  return [
    [collection, {
      get: { ...operation, "x-kubernetes-action": "list" },
      post: { ...writing, "x-kubernetes-action": "post" },
    }],
    [`${collection}/{name}`, {
      get: { ...operation, "x-kubernetes-action": "get" },
      put: { ...writing, "x-kubernetes-action": "put" },
      patch: { ...writing, "x-kubernetes-action": "patch" },
      delete: { ...operation, "x-kubernetes-action": "delete" },
    }],
  ];
}

function schemaOf(resource: Resource): JsonObject {
  const schema = resource.schema ?? resource.documentation;
  const properties = isJsonObject(schema?.["properties"]) ? schema["properties"] : {};
  return {
    type: "object",
    ...schema,
    properties: { ...properties, ...COMMON_PROPERTIES },
    "x-kubernetes-group-version-kind": [gvkOf(resource)],
  };
}

function schemaNameOf({ type }: Resource): string {
  const group = type.group === "" ? "io.k8s.api.core" : type.group.split(".").reverse().join(".");
  return `${group}.${type.version}.${type.kind}`;
}

function gvkOf({ type: { group, version, kind } }: Resource): JsonObject {
  return { group, version, kind };
}

function refTo(schemaName: string): JsonObject {
  return { "$ref": `#/components/schemas/${schemaName}` };
}
