/** What `chart/values.yaml` says of each value: the default, and the comment above it. */

import { isJsonObject, type JsonObject } from "../../lib/base/json.ts";
import { parse } from "yaml";

/** A value that can be set, or a group of them. */
export interface ChartValue {
  /** Such as `agent.replicas`. */
  readonly path: string;
  /** The comment above it in one line; empty without one. */
  readonly description: string;
  /** Absent for groups. */
  readonly byDefault?: unknown;
}

/** Part of a JSON schema, as far as it is looked at here. */
export interface Schema extends JsonObject {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: unknown;
  readonly deprecated?: boolean;
  readonly description?: string;
}

/**
 * The values in their order.
 *
 * @param text The YAML of the values.
 * @param schema Says which objects are groups: those that list their properties and allow no others.
 */
export function valuesOf(text: string, schema: Schema): readonly ChartValue[] {
  const comments = commentsOf(text);
  return [...walk(parse(text), schema, "")].map((value) => ({
    ...value,
    description: comments.get(value.path) ?? "",
  }));
}

function* walk(
  values: JsonObject,
  schema: Schema,
  prefix: string,
): Generator<Omit<ChartValue, "description">> {
  for (const [name, value] of Object.entries(values)) {
    const path = `${prefix}${name}`;
    const part = schema.properties?.[name];
    if (part === undefined) throw new Error(`values.schema.json does not know ${path}`);
    if (part.properties === undefined || !isJsonObject(value)) {
      yield { path, byDefault: value };
      continue;
    }
    yield { path };
    yield* walk(value, part, `${path}.`);
  }
}

/** The comments right above keys, by the paths of the keys. */
function commentsOf(text: string): ReadonlyMap<string, string> {
  const comments = new Map<string, string>();
  const open: { readonly indent: number; readonly name: string }[] = [];
  let pending: string[] = [];
  for (const line of text.split("\n")) {
    const comment = /^ *# ?(.*)$/.exec(line)?.[1];
    if (comment !== undefined) {
      pending.push(comment);
      continue;
    }
    const [, spaces, name] = /^( *)([\w-]+):/.exec(line) ?? [];
    if (spaces !== undefined && name !== undefined) {
      while (open.length > 0 && open.at(-1)!.indent >= spaces.length) open.pop();
      open.push({ indent: spaces.length, name });
      if (pending.length > 0) {
        comments.set(open.map((each) => each.name).join("."), pending.join(" "));
      }
    }
    pending = [];
  }
  return comments;
}
