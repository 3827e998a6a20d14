/** Which field somebody meant who wrote one that does not exist. */

import { isJsonObject } from "../../base/json.ts";
import { nearestName } from "../../base/nearest_name.ts";
import { METADATA_FIELDS } from "../../api/meta.ts";
import type { StructuralSchema } from "./structural_schema.ts";

/** Says that a field is unknown, and which one may be meant. */
export function unknownFieldSentence(schema: StructuralSchema | undefined, path: string): string {
  const dot = path.lastIndexOf(".");
  const parent = path.slice(0, Math.max(dot, 0));
  const name = path.slice(dot + 1);
  const known = parent === "metadata" ? METADATA_FIELDS : fieldsAt(schema, parent);
  const meant = nearestName(name, known);
  const hint = meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
  return `unknown field ${JSON.stringify(name)}${hint}`;
}

/** Names of the fields that a schema has at a path such as `spec.parts[0]`. */
function fieldsAt(schema: StructuralSchema | undefined, path: string): readonly string[] {
  let found: unknown = schema;
  for (const part of path.split(".").filter((part) => part !== "")) {
    const [name = "", ...indexes] = part.split("[");
    found = memberOf(memberOf(found, "properties"), name);
    for (const _ of indexes) found = memberOf(found, "items");
  }
  const properties = memberOf(found, "properties");
  return isJsonObject(properties) ? Object.keys(properties) : [];
}

function memberOf(value: unknown, key: string): unknown {
  return isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}
