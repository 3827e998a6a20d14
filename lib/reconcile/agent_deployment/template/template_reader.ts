/** Looks through a template and collects what is wrong with it. */

import { isJsonObject, type JsonObject } from "../../../base/json.ts";
import { nearestName } from "../../../base/nearest_name.ts";
import type { FieldErrors } from "../../../api/field_errors.ts";
import { showValue } from "../../../api/field_reader.ts";
import { itemKeyOf } from "../field_shape.ts";
import type { FieldRule, FieldRules } from "./template_rules.ts";

/** An object of the template, at its path. */
export interface TemplatePart {
  readonly object: JsonObject;
  readonly path: string;
}

const IS: Readonly<Record<string, readonly [is: (value: unknown) => boolean, expected: string]>> = {
  boolean: [(value) => typeof value === "boolean", "must be true or false"],
  list: [Array.isArray, "must be a list"],
  map: [isJsonObject, "must be an object"],
  number: [Number.isSafeInteger, "must be a number"],
  object: [isJsonObject, "must be an object"],
  text: [
    (value) => typeof value === "string",
    "must be a text, in quotes where it looks like a number",
  ],
};

/** Checks the fields of an object by their names and types. `null` takes away what the controller sets. */
export function checkFields(
  { object, path }: TemplatePart,
  rules: FieldRules,
  errors: FieldErrors,
): void {
  for (const [name, value] of Object.entries(object)) {
    const field = pathOf(path, name);
    const rule: FieldRule | undefined = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined) errors.add(field, describeUnknown(name, rules));
    else if (typeof rule === "object") errors.add(field, rule.refused);
    else checkType(field, value, { rule, errors });
  }
}

function checkType(
  field: string,
  value: unknown,
  { rule, errors }: { readonly rule: string; readonly errors: FieldErrors },
): void {
  const [is, expected] = IS[rule]!;
  if (is(value) || value === null && rule !== "list" && rule !== "map") return;
  errors.add(field, `${expected}, not ${showValue(value)}`);
}

function describeUnknown(name: string, rules: FieldRules): string {
  if (name.startsWith("$")) {
    return "is a directive of a patch, which is not understood here; take a field away with null";
  }
  if (name === "template") return "is one level too many; put what is below it in its place";
  const meant = nearestName(name, Object.keys(rules));
  return meant === undefined ? "is not known" : `is not known; did you mean ${meant}?`;
}

/** The member of this name, where it is an object; an empty one otherwise. */
export function partAt({ object, path }: TemplatePart, name: string): TemplatePart {
  const value = object[name];
  return { object: isJsonObject(value) ? value : {}, path: pathOf(path, name) };
}

/**
 * The items of a list, which are told apart by one of their fields.
 *
 * @param key The field; `undefined` where items are not told apart.
 */
export function itemsAt(
  { object, path }: TemplatePart,
  name: string,
  { key, errors }: { readonly key: string | undefined; readonly errors: FieldErrors },
): readonly TemplatePart[] {
  const list: unknown = object[name];
  if (!Array.isArray(list)) return [];
  const seen = new Set<string>();
  return list.flatMap((item, i) => {
    const at = `${pathOf(path, name)}[${i}]`;
    if (!isJsonObject(item)) {
      errors.add(at, `must be an object, not ${showValue(item)}`);
      return [];
    }
    if (key !== undefined) {
      const name = itemKeyOf(item, key);
      if (item[key] === undefined || item[key] === null) errors.add(`${at}.${key}`, "is required");
      else if (seen.has(name)) errors.add(`${at}.${key}`, `stands twice: ${showValue(item[key])}`);
      seen.add(name);
    }
    return [{ object: item, path: at }];
  });
}

/** The path of a member, such as `spec.tolerations`. */
export function pathOf(path: string, name: string): string {
  return path === "" ? name : `${path}.${name}`;
}
