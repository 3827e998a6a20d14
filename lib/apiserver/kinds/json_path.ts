/**
 * The part of kubectl's JSONPath that the printer columns of our definitions use: fields, the first that there
 * is of several fields, all items of a list, and those with a text in one of their fields, as in
 * `.status.conditions[?(@.type=='Ready')].status`.
 */

import { isJsonObject, ownValue } from "../../base/json.ts";

/** One step of a path. */
export type JsonPathStep =
  | { readonly kind: "fields"; readonly names: readonly string[] }
  | { readonly kind: "items" }
  | { readonly kind: "filter"; readonly field: string; readonly text: string };

const NAME = "[A-Za-z0-9_-]+";
const STEP = new RegExp(
  [
    `\\.(?<name>${NAME})`,
    `\\[(?<union>'${NAME}'(?:,'${NAME}')+)\\]`,
    `\\[\\?\\(@\\.(?<field>${NAME})=='(?<text>[^']*)'\\)\\]`,
    `\\[\\*\\]`,
  ].join("|"),
  "y",
);

/**
 * Parses a path such as `.spec.networkName`.
 *
 * @throws {SyntaxError} when the path uses other features of JSONPath.
 */
export function parseJsonPath(text: string): JsonPathStep[] {
  const steps: JsonPathStep[] = [];
  const step = new RegExp(STEP);
  while (step.lastIndex < text.length) {
    const rest = text.slice(step.lastIndex);
    const groups = step.exec(text)?.groups;
    // The API server wants a field at first.
    if (groups === undefined || (steps.length === 0 && groups.name === undefined)) {
      throw new SyntaxError(`Cannot parse JSONPath ${text}: not understood from ${rest} on`);
    }
    steps.push(stepOf(groups));
  }
  return steps;
}

function stepOf(groups: Readonly<Record<string, string | undefined>>): JsonPathStep {
  const { name, union, field, text = "" } = groups;
  if (name !== undefined) return { kind: "fields", names: [name] };
  if (union !== undefined) {
    return { kind: "fields", names: union.split(",").map((each) => each.slice(1, -1)) };
  }
  return field === undefined ? { kind: "items" } : { kind: "filter", field, text };
}

/** The first value that the path leads to, or `undefined`. */
export function firstAtJsonPath(root: unknown, steps: readonly JsonPathStep[]): unknown {
  return steps.reduce((values, step) => values.flatMap((value) => stepInto(value, step)), [
    root,
  ])[0];
}

function stepInto(value: unknown, step: JsonPathStep): readonly unknown[] {
  switch (step.kind) {
    case "fields":
      if (!isJsonObject(value)) return [];
      return step.names.map((name) => ownValue(value, name)).filter((each) => each !== undefined);
    case "items":
      return Array.isArray(value) ? value : [];
    case "filter":
      if (!Array.isArray(value)) return [];
      return value.filter((item) => isJsonObject(item) && ownValue(item, step.field) === step.text);
    default:
      return step satisfies never;
  }
}
