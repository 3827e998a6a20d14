/** Serves the kinds that CustomResourceDefinitions (apiextensions.k8s.io/v1) declare. */

import { isJsonObject, objectAt, stringAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { AGE_COLUMN, METADATA_FIELD_LABELS } from "./builtin_kind.ts";
import { formatAge } from "./human_duration.ts";
import { firstAtJsonPath, parseJsonPath } from "./json_path.ts";
import { type Column, NAME_COLUMN, type Resource } from "./resource.ts";
import { compileSchemaValidator } from "../schema/schema_validator.ts";

/**
 * Reads a definition.
 *
 * @param definition The parsed object; its storage version is the one that is served.
 * @throws {Error} when it is not a definition that can be served.
 */
export function customResource(definition: unknown): Resource {
  const spec = objectAt(definition, "spec");
  const names = objectAt(spec, "names");
  const group = stringAt(spec, "group");
  const plural = stringAt(names, "plural");
  const kind = stringAt(names, "kind");
  const version = listOf(spec["versions"]).find((entry) =>
    isJsonObject(entry) && entry["storage"] === true && entry["served"] === true
  );
  if (group === "" || plural === "" || kind === "" || version === undefined) {
    const name = stringAt(objectAt(definition, "metadata"), "name");
    throw new Error(
      `Cannot serve CustomResourceDefinition ${JSON.stringify(name)}: it needs spec.group, ` +
        "spec.names.plural, spec.names.kind and a version that is served and stored",
    );
  }
  const schema = objectAt(objectAt(version, "schema"), "openAPIV3Schema");
  return {
    type: {
      group,
      version: stringAt(version, "name"),
      plural,
      kind,
      namespaced: spec["scope"] !== "Cluster",
    },
    singular: stringAt(names, "singular") || kind.toLowerCase(),
    listKind: stringAt(names, "listKind") || `${kind}List`,
    shortNames: listOf(names["shortNames"]).map(String),
    // Everything that users keep here, so that `kubectl get all` shows it.
    categories: [...new Set([...listOf(names["categories"]).map(String), "all"])],
    hasStatus: isJsonObject(objectAt(version, "subresources")["status"]),
    hasGeneration: true,
    allowsUnconditionalUpdate: false,
    namesAreLabels: false,
    storage: `${plural}.${group}`,
    fieldLabels: METADATA_FIELD_LABELS,
    columns: [NAME_COLUMN, ...columnsOf(version)],
    schema,
    isCompiledIn: false,
    validate: compileSchemaValidator(schema),
  };
}

function columnsOf(version: unknown): Column[] {
  const declared = isJsonObject(version) ? listOf(version["additionalPrinterColumns"]) : [];
  return declared.length === 0 ? [AGE_COLUMN] : declared.map(printerColumn);
}

function printerColumn(declared: unknown): Column {
  const jsonPath = stringAt(declared, "jsonPath");
  const steps = parseJsonPath(jsonPath);
  const type = stringAt(declared, "type");
  const priority = isJsonObject(declared) ? declared["priority"] : undefined;
  return {
    name: stringAt(declared, "name"),
    type,
    format: stringAt(declared, "format"),
    description: stringAt(declared, "description") ||
      `Custom resource definition column (in JSONPath format): ${jsonPath}`,
    priority: typeof priority === "number" ? priority : 0,
    cell: (object: KubeObject, nowMs: number) =>
      cellOf(type, firstAtJsonPath(object, steps), nowMs),
  };
}

function cellOf(type: string, value: unknown, nowMs: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "date":
      return formatAge(value, nowMs);
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    default:
      return typeof value === "string" ? value : JSON.stringify(value);
  }
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
