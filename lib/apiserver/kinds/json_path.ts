/**
 * The part of kubectl's JSONPath that the printer columns of our definitions use: fields, and items
 * of a list by the text in one of their fields, as in `.status.conditions[?(@.type=='Ready')].status`.
 */

import { isJsonObject, ownValue } from "../../base/json.ts";

/** One step of a path. */
export type JsonPathStep =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "filter"; readonly field: string; readonly text: string };

const STEP = /\.([A-Za-z0-9_-]+)|\[\?\(@\.([A-Za-z0-9_-]+)=='([^']*)'\)\]/y;

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
    const [, name, field = "", value = ""] = step.exec(text) ?? [];
    if (step.lastIndex === 0) {
      throw new SyntaxError(`Cannot parse JSONPath ${text}: not understood from ${rest} on`);
    }
    steps.push(
      name === undefined ? { kind: "filter", field, text: value } : { kind: "field", name },
    );
  }
  return steps;
}

/** The first value that the path leads to, or `undefined`. */
export function firstAtJsonPath(root: unknown, steps: readonly JsonPathStep[]): unknown {
  return steps.reduce(stepInto, root);
}

function stepInto(value: unknown, step: JsonPathStep): unknown {
  if (step.kind === "field") return isJsonObject(value) ? ownValue(value, step.name) : undefined;
  if (!Array.isArray(value)) return undefined;
  return value.find((item) => isJsonObject(item) && ownValue(item, step.field) === step.text);
}
