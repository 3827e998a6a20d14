/** Field and label selectors of lists and watches (Kubernetes "Labels and Selectors"). */

import { textOf, valueAt } from "../../base/json.ts";
import type { KubeObject } from "../../api/meta.ts";
import { badRequest } from "../http/status.ts";

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
  readonly values: readonly string[];
}

/**
 * Parses `path=value,path!=value`.
 *
 * @param supported Paths that this kind can be selected by.
 * @throws {ApiError} 400 for other paths and for malformed selectors.
 */
export function parseFieldSelector(text: string, supported: readonly string[]): FieldRequirement[] {
  return splitSelector(text).map((term) => {
    const match = /^\s*([^=!\s]+)\s*(==|=|!=)\s*(.*?)\s*$/.exec(term);
    if (match === null) {
      throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
    }
    const path = match[1]!;
    if (!supported.includes(path)) throw badRequest(`field label not supported: ${path}`);
    return { path, equals: match[2] !== "!=", value: match[3]! };
  });
}

/**
 * Parses `key=value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>1`, `key<1`, `key` and
 * `!key`, joined by commas.
 *
 * @throws {ApiError} 400 for malformed selectors.
 */
export function parseLabelSelector(text: string): LabelRequirement[] {
  return splitSelector(text).map((term) => {
    const requirement = parseSetTerm(term) ?? parseEqualityTerm(term) ??
      parseOrderTerm(term) ?? parseExistsTerm(term);
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
        return value !== undefined && values.includes(value);
      case "notIn":
        return value === undefined || !values.includes(value);
      case "greater":
        return value !== undefined && INTEGER.test(value) && Number(value) > Number(values[0]);
      case "less":
        return value !== undefined && INTEGER.test(value) && Number(value) < Number(values[0]);
      default:
        return operator satisfies never;
    }
  });
}

const KEY = "[A-Za-z0-9](?:[-A-Za-z0-9_./]*[A-Za-z0-9])?";
const SET_TERM = new RegExp(`^\\s*(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)\\s*$`);
const EQUALITY_TERM = new RegExp(`^\\s*(${KEY})\\s*(==|=|!=)\\s*([-A-Za-z0-9_.]*)\\s*$`);
const ORDER_TERM = new RegExp(`^\\s*(${KEY})\\s*([<>])\\s*(-?\\d+)\\s*$`);
const INTEGER = /^-?\d+$/;
const EXISTS_TERM = new RegExp(`^\\s*(!?)\\s*(${KEY})\\s*$`);

function parseSetTerm(term: string): LabelRequirement | undefined {
  const match = SET_TERM.exec(term);
  if (match === null) return undefined;
  const values = match[3]!.split(",").map((value) => value.trim());
  return { key: match[1]!, operator: match[2] === "in" ? "in" : "notIn", values };
}

function parseEqualityTerm(term: string): LabelRequirement | undefined {
  const match = EQUALITY_TERM.exec(term);
  if (match === null) return undefined;
  return { key: match[1]!, operator: match[2] === "!=" ? "notIn" : "in", values: [match[3]!] };
}

function parseOrderTerm(term: string): LabelRequirement | undefined {
  const match = ORDER_TERM.exec(term);
  if (match === null) return undefined;
  return { key: match[1]!, operator: match[2] === ">" ? "greater" : "less", values: [match[3]!] };
}

function parseExistsTerm(term: string): LabelRequirement | undefined {
  const match = EXISTS_TERM.exec(term);
  if (match === null) return undefined;
  return { key: match[2]!, operator: match[1] === "!" ? "absent" : "exists", values: [] };
}

/** Splits at commas outside parentheses. */
function splitSelector(text: string): string[] {
  return text.trim() === "" ? [] : text.split(/,(?![^(]*\))/);
}
