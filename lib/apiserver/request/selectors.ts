/** Field and label selectors of lists and watches (Kubernetes "Labels and Selectors"). */

import { textOf, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { badRequest } from "../http/status.ts";
import { isLabelKey, isLabelValue } from "./object_metadata.ts";

/** One requirement of a field selector. */
export interface FieldRequirement {
  readonly path: string;
  readonly equals: boolean;
  readonly value: string;
}

/** One requirement of a label selector. */
export interface LabelRequirement {
  readonly key: string;
  readonly operator: "in" | "notIn" | "exists" | "absent" | "greater" | "less";
  readonly values: ReadonlySet<string>;
}

/** Longest selector. What one URL can hold must not keep the process from its other work. */
const SELECTOR_CHARS_MAX = 16 * 1024;
/** Most requirements of a selector: each is looked at for each object. */
const REQUIREMENTS_MAX = 100;

/**
 * Parses `path=value,path!=value`. A backslash comes before a comma, an equals sign or a backslash of a
 * value; terms without anything in them are passed over.
 *
 * @param supported Paths that this kind can be selected by.
 * @throws {ApiError} 400 for other paths and for malformed selectors.
 */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldRequirement[] {
  const terms = text.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];
  return termsOf(text, "fieldSelector", terms).map((term) => {
    const at = term.search(/[=!]/);
    const [operator] = at < 0 ? [] : /^(?:==|=|!=)/.exec(term.slice(at, at + 2)) ?? [];
    const path = term.slice(0, at);
    const value = operator === undefined ? undefined : unescaped(term.slice(at + operator.length));
    if (value === undefined || path === "" || /\s/.test(path)) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    if (!supported.includes(path)) throw badRequest(`field label not supported: ${path}`);
    return { path, equals: operator !== "!=", value };
  });
}

/** The value of a field that a term means; `undefined` when it is none. */
function unescaped(value: string): string | undefined {
  return /^(?:\\[\\,=]|[^\\,=])*$/.test(value) ? value.replaceAll(/\\(.)/gs, "$1") : undefined;
}

/**
 * Parses `key=value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>1`, `key<1`, `key` and
 * `!key`, joined by commas.
 *
 * @throws {ApiError} 400 for malformed selectors.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return termsOf(text, "labelSelector", splitOutsideParentheses(text)).map((term) => {
    const requirement = parseLabelTerm(term.trim());
    if (requirement === undefined) {
      throw badRequest(
        `unable to parse requirement: '${term.trim()}' of '${text}', ` +
          "expected: in, notin, =, ==, !=, >, <, a key, or ! and a key",
      );
    }
    return requirement;
  });
}

/** Whether the object meets all requirements. */
export function matchesFields(
  object: KubeObject,
  requirements: readonly FieldRequirement[],
): boolean {
  return requirements.every(({ path, equals, value }) => {
    const found = valueAt(object, path);
    return (textOf(found ?? "") === value) === equals;
  });
}

/** Whether the object's labels meet all requirements. */
export function matchesLabels(
  object: KubeObject,
  requirements: readonly LabelRequirement[],
): boolean {
  const labels = object.metadata.labels ?? {};
  return requirements.every(({ key, operator, values }) => {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "exists":
        return value !== undefined;
      case "absent":
        return value === undefined;
      case "in":
        return value !== undefined && values.has(value);
      case "notIn":
        return value === undefined || !values.has(value);
      case "greater":
      case "less":
        return value !== undefined && isInOrder(operator, value, values);
      default:
        return operator satisfies never;
    }
  });
}

const INTEGER = /^-?\d+$/;

function isInOrder(order: "greater" | "less", value: string, [bound]: Iterable<string>): boolean {
  if (!INTEGER.test(value)) return false;
  return order === "greater" ? Number(value) > Number(bound) : Number(value) < Number(bound);
}

/** @param term Without space around it. */
function parseLabelTerm(term: string): LabelRequirement | undefined {
  if (term.startsWith("!")) return requirement(term.slice(1).trim(), "absent");
  const end = term.search(/[^-A-Za-z0-9_./]/);
  if (end < 0) return requirement(term, "exists");
  const key = term.slice(0, end);
  const rest = term.slice(end).trimStart();
  const [operator = ""] = /^(?:==|=|!=|>|<|in|notin)/.exec(rest) ?? [];
  const right = rest.slice(operator.length).trim();
  switch (operator) {
    case "in":
    case "notin": {
      const isList = right.startsWith("(") && right.indexOf(")") === right.length - 1;
      if (!isList || !/\s/.test(term[end]!)) return undefined;
      const values = right.slice(1, -1).split(",").map((value) => value.trim());
      return requirement(key, operator === "in" ? "in" : "notIn", values);
    }
    case ">":
    case "<":
      if (!INTEGER.test(right)) return undefined;
      return requirement(key, operator === ">" ? "greater" : "less", [right]);
    case "":
      return undefined;
    default:
      return requirement(key, operator === "!=" ? "notIn" : "in", [right]);
  }
}

function requirement(
  key: string,
  operator: LabelRequirement["operator"],
  values: readonly string[] = [],
): LabelRequirement | undefined {
  const isPossible = isLabelKey(key) && values.every(isLabelValue);
  return isPossible ? { key, operator, values: new Set(values) } : undefined;
}

function splitOutsideParentheses(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === "(") i = indexOrEnd(text, ")", i);
    else if (character === ",") {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function indexOrEnd(text: string, sought: string, from: number): number {
  const index = text.indexOf(sought, from);
  return index < 0 ? text.length : index;
}

/** The terms of a selector; none of a blank one. */
function termsOf(text: string, name: string, terms: readonly string[]): readonly string[] {
  if (text.length > SELECTOR_CHARS_MAX) {
    throw badRequest(`${name} is longer than ${SELECTOR_CHARS_MAX} characters`);
  }
  if (text.trim() === "") return [];
  if (terms.length <= REQUIREMENTS_MAX) return terms;
  throw badRequest(`${name} has more than ${REQUIREMENTS_MAX} requirements`);
}
