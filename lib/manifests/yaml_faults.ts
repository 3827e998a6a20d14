/** What in a YAML document is no JSON, means something else to kubectl, or would not end. Pure. */

import { INEXACT, isInexact } from "../base/json/json_numbers.ts";
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isPair,
  isScalar,
  type Node,
  Scalar,
  visit,
} from "yaml";

/** What is wrong at one place. */
export interface YamlFault {
  /** Where, in the text. */
  readonly offset: number;
  readonly message: string;
}

/** Values that a document may have once its aliases are replaced by what they stand for. */
const VALUES_MAX = 500_000;

/** YAML forbids these (YAML 1.2.2 section 5.1), and a terminal obeys them. */
const CONTROL_CHARACTER = /[^\P{Cc}\t\n\r\u0085]/u;

/**
 * Plain texts that YAML 1.1, which kubectl reads, takes for truth values or for numbers, and YAML 1.2
 * does not, or for other numbers.
 */
const AMBIGUOUS =
  /^(?:y|Y|yes|Yes|YES|n|N|no|No|NO|on|On|ON|off|Off|OFF|[-+]?0[0-9_]+|[-+]?0b[01_]+|[-+]?[0-9][0-9_]*_[0-9_]*)$/;

/** Tags of what JSON has as well. */
const JSON_TAGS = /^tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq|merge)$/;

/** Faults of syntax that are named: one open bracket may make thousands that follow from it. */
const COMPLAINTS_MAX = 5;

/** What the parser says of a second value in a document, as in JSON texts one after the other. */
const SECOND_VALUE = /^Unexpected (?:flow-map-start|flow-seq-start|block-map) at node end/;

/** What the parser, which is recursive, says at the end of the stack. */
const TOO_DEEP = /call stack/;

/** Everything that is wrong with a document; empty when its values can be taken. */
export function yamlFaultsOf(document: Document, text: string): readonly YamlFault[] {
  const control = CONTROL_CHARACTER.exec(text);
  if (control !== null) {
    const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return [{ offset: control.index, message: `the control character U+${code} is not allowed` }];
  }
  const complaints = [...document.errors, ...document.warnings].slice(0, COMPLAINTS_MAX).map((
    { pos, message },
  ) => ({ offset: pos[0], message: explained(message) }));
  if (complaints.length > 0) return complaints;
  const faults: YamlFault[] = [];
  const add = (node: Node, message: string) => faults.push({ offset: offsetOf(node), message });
  visit(document, {
    Pair: (_, { key }) => {
      if (!isScalar(key) || key.value === null) {
        add(key as Node ?? document.contents, "a key must be a text");
      }
    },
    Node: (_, node) => {
      const tag = isAlias(node) ? undefined : node.tag;
      if (tag !== undefined && !JSON_TAGS.test(tag)) add(node, `the tag ${tag} is not understood`);
    },
    Scalar: (_, scalar) => {
      const message = faultOf(scalar);
      if (message !== undefined) add(scalar, message);
    },
  });
  return faults.length > 0 ? faults : aliasFaults(document);
}

function explained(message: string): string {
  if (TOO_DEEP.test(message)) return "nests too deep";
  if (!SECOND_VALUE.test(message)) return message;
  return "a second value begins in the same document: divide them by a line of three dashes";
}

function faultOf({ type, value, source = "" }: Scalar): string | undefined {
  if (type === Scalar.PLAIN && AMBIGUOUS.test(source)) {
    return `${source} is a text to some programs and a truth value or a number to others: put ` +
      "it in quotes, or write true, false or a decimal number";
  }
  if (typeof value === "object" && value !== null) {
    return `the value ${source} is none that JSON has: write it as text`;
  }
  if (typeof value !== "number") return undefined;
  return isInexact(/^[-+]?\d+$/.test(source) ? source : String(value))
    ? `the number ${source} ${INEXACT}`
    : undefined;
}

/** Aliases can make a few lines stand for billions of values, or for themselves. */
function aliasFaults(document: Document): readonly YamlFault[] {
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  let circle: Alias | undefined;
  let loose: Alias | undefined;

  function sizeOf(node: unknown): number {
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (isAlias(node)) {
      const target = node.resolve(document);
      if (target === undefined) loose = node;
      else if (open.has(target)) circle = node;
      return target === undefined || circle !== undefined ? 1 : sizeOf(target);
    }
    if (!isCollection(node)) return 1;
    const known = sizes.get(node);
    if (known !== undefined) return known;
    open.add(node);
    let size = 1;
    for (const item of node.items) size += sizeOf(item);
    open.delete(node);
    sizes.set(node, size);
    return size;
  }

  const size = sizeOf(document.contents);
  if (loose !== undefined) {
    return [{ offset: offsetOf(loose), message: `nothing is named &${loose.source} before` }];
  }
  if (circle !== undefined) {
    return [{ offset: offsetOf(circle), message: "the alias stands for something that it is in" }];
  }
  if (size <= VALUES_MAX) return [];
  const message = `aliases make more than ${VALUES_MAX} values of the document`;
  return [{ offset: document.range?.[0] ?? 0, message }];
}

function offsetOf(node: Node): number {
  return node?.range?.[0] ?? 0;
}
