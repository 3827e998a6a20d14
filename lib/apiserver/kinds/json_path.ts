/**
 * The part of kubectl's JSONPath that printer columns use: fields, indexes, wildcards and filters
 * that compare one field with a text, as in `.status.conditions[?(@.type=='Ready')].status`.
 */

import { isJsonObject, textOf, valueAt } from "../../base/json.ts";

/** One step of a path. */
export type JsonPathStep =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "wildcard" }
  | {
    readonly kind: "filter";
    readonly path: string;
    readonly equals: boolean;
    readonly value: string;
  };

const FIELD = /^\.((?:\\.|[^.[\]\\*])+)/;
const QUOTED_FIELD = /^\[(?:'([^']*)'|"([^"]*)")\]/;
const INDEX = /^\[(-?\d+)\]/;
const WILDCARD = /^(?:\[\*\]|\.\*)/;
const FILTER =
  /^\[\?\(\s*@\.([\w.-]+)\s*(==|!=)\s*(?:'([^']*)'|"([^"]*)"|(true|false|-?\d+))\s*\)\]/;

/**
 * Parses a path such as `.spec.networkName`.
 *
 * @throws {SyntaxError} when the path uses other features of JSONPath.
 */
export function parseJsonPath(text: string): JsonPathStep[] {
  const steps: JsonPathStep[] = [];
  let rest = text;
  while (rest !== "") {
    const [step, length] = parseStep(rest);
    if (step === undefined) {
      throw new SyntaxError(`Cannot parse JSONPath ${text}: not understood from ${rest} on`);
    }
    steps.push(step);
    rest = rest.slice(length);
  }
  return steps;
}

/** The first value that the path leads to, or `undefined`. */
export function firstAtJsonPath(root: unknown, steps: readonly JsonPathStep[]): unknown {
  let found: unknown[] = [root];
  for (const step of steps) found = found.flatMap((value) => stepInto(value, step));
  return found[0];
}

function parseStep(rest: string): [JsonPathStep | undefined, number] {
  let match: RegExpExecArray | null;
  if ((match = WILDCARD.exec(rest)) !== null) return [{ kind: "wildcard" }, match[0].length];
  if ((match = FIELD.exec(rest)) !== null) {
    return [{ kind: "field", name: match[1]!.replaceAll(/\\(.)/g, "$1") }, match[0].length];
  }
  if ((match = QUOTED_FIELD.exec(rest)) !== null) {
    return [{ kind: "field", name: match[1] ?? match[2]! }, match[0].length];
  }
  if ((match = INDEX.exec(rest)) !== null) {
    return [{ kind: "index", index: Number(match[1]) }, match[0].length];
  }
  if ((match = FILTER.exec(rest)) !== null) {
    const value = match[3] ?? match[4] ?? match[5]!;
    return [
      { kind: "filter", path: match[1]!, equals: match[2] === "==", value },
      match[0].length,
    ];
  }
  return [undefined, 0];
}

function stepInto(value: unknown, step: JsonPathStep): unknown[] {
  switch (step.kind) {
    case "field":
      return isJsonObject(value) && Object.hasOwn(value, step.name) ? [value[step.name]] : [];
    case "index": {
      const item = Array.isArray(value) ? value.at(step.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case "wildcard":
      if (Array.isArray(value)) return value;
      return isJsonObject(value) ? Object.values(value) : [];
    case "filter":
      if (!Array.isArray(value)) return [];
      return value.filter((item) =>
        (textOf(valueAt(item, step.path) ?? "") === step.value) === step.equals
      );
    default:
      return step satisfies never;
  }
}
