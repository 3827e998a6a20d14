/**
 * The effects of a structural schema beside validation: fields that it does not name are pruned,
 * nulls that it does not allow are dropped, defaults are filled in (Kubernetes
 * documentation "Extend the Kubernetes API with CustomResourceDefinitions").
 */

import type { JsonObject } from "../../base/json.ts";
import { isJsonObject } from "../../base/json.ts";

/** An `openAPIV3Schema`. */
export type StructuralSchema = JsonObject;

/**
 * Removes the fields that the schema does not name; changes the object.
 *
 * @returns Paths of the removed fields, such as `spec.parts[0].extra`.
 */
export function pruneUnknownFields(schema: StructuralSchema, object: JsonObject): string[] {
  const unknown: string[] = [];
  pruneObject(schema, object, { path: "", unknown });
  return unknown;
}

/** Fields of every object, whether or not its schema names them. */
const COMMON_FIELDS: ReadonlySet<string> = new Set(["apiVersion", "kind", "metadata"]);

/** Drops nulls that are not allowed and fills in defaults; changes the value. */
export function applyDefaults(schema: StructuralSchema, value: unknown): void {
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (isJsonObject(items)) { for (const item of value) applyDefaults(items, item); }
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [key, child] of propertySchemas(schema, value)) {
    if (value[key] === null && child["nullable"] !== true) delete value[key];
    if (value[key] === undefined && child["default"] !== undefined) {
      value[key] = structuredClone(child["default"]);
    }
    applyDefaults(child, value[key]);
  }
}

interface Pruning {
  readonly path: string;
  readonly unknown: string[];
}

function pruneValue(schema: StructuralSchema, value: unknown, pruning: Pruning): void {
  if (Array.isArray(value)) {
    const items = schema["items"];
    if (!isJsonObject(items)) return;
    value.forEach((item, i) =>
      pruneValue(items, item, { ...pruning, path: `${pruning.path}[${i}]` })
    );
  } else if (isJsonObject(value)) {
    pruneObject(schema, value, pruning);
  }
}

function pruneObject(schema: StructuralSchema, value: JsonObject, pruning: Pruning): void {
  const keepsUnknown = schema["x-kubernetes-preserve-unknown-fields"] === true ||
    schema["additionalProperties"] === true;
  for (const key of Object.keys(value)) {
    if (pruning.path === "" && COMMON_FIELDS.has(key)) continue;
    const path = pruning.path === "" ? key : `${pruning.path}.${key}`;
    const child = schemaOfProperty(schema, key);
    if (child !== undefined) pruneValue(child, value[key], { ...pruning, path });
    else if (!keepsUnknown) {
      delete value[key];
      pruning.unknown.push(path);
    }
  }
}

function schemaOfProperty(schema: StructuralSchema, key: string): StructuralSchema | undefined {
  const properties = schema["properties"];
  if (isJsonObject(properties) && Object.hasOwn(properties, key)) {
    const property = properties[key];
    return isJsonObject(property) ? property : undefined;
  }
  const additional = schema["additionalProperties"];
  return isJsonObject(additional) ? additional : undefined;
}

/** The properties that the schema names, and the present ones that it describes as a map. */
function propertySchemas(
  schema: StructuralSchema,
  value: JsonObject,
): [string, StructuralSchema][] {
  const properties = schema["properties"];
  const names = new Set([
    ...(isJsonObject(properties) ? Object.keys(properties) : []),
    ...Object.keys(value),
  ]);
  return [...names].flatMap((name) => {
    const child = schemaOfProperty(schema, name);
    return child === undefined ? [] : [[name, child]];
  });
}
