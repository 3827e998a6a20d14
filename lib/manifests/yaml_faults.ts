/** What in a YAML document is no JSON, means something else to kubectl, or would not end. Pure. */

import { INEXACT, isInexact } from "../base/json/json_numbers.ts";
import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isPair,
  isScalar,
  type Node,
  Scalar,
  visit,
  type YAMLMap,
} from "yaml";

/** What is wrong at one place. */
export interface YamlFault {
  /** Where, in the text. */
  readonly offset: number;
  readonly message: string;
}

/** Values that a document may have once its aliases are replaced by what they stand for. */
const VALUES_MAX = 500_000;

/** Anchors and aliases of a document: the parser goes through all of them for each alias. */
const NAMES_MAX = 5000;

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

/** The first character that no document may have, if there is one. */
export function controlFaultOf(text: string): YamlFault | undefined {
  const control = CONTROL_CHARACTER.exec(text);
  if (control === null) return undefined;
  const code = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return { offset: control.index, message: `the control character U+${code} is not allowed` };
}

/**
 * Everything that is wrong with a document; empty when its values can be taken.
 *
 * @param document Parsed without a look at keys that are there twice. The parser compares each key of a
 * mapping with all before it, which takes minutes for the addresses of a large pool.
 */
export function yamlFaultsOf(document: Document): readonly YamlFault[] {
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
      for (const key of isMap(node) ? repeatedKeysOf(node) : []) {
        add(
          key,
          `Map keys must be unique, and ${JSON.stringify(String(key.value))} is there twice`,
        );
      }
    },
    Scalar: (_, scalar) => {
      const message = faultOf(scalar);
      if (message !== undefined) add(scalar, message);
    },
  });
  return faults.length > 0 ? faults : aliasFaults(document);
}

/** Keys that are the same text in JSON as one before them, as 1 and "1" are. */
function repeatedKeysOf({ items }: YAMLMap): readonly Scalar[] {
  const seen = new Set<string>();
  return items.flatMap(({ key }) => {
    // The key of a merge is a symbol, and several merges are taken.
    if (!isScalar(key) || typeof key.value === "symbol") return [];
    const text = String(key.value);
    if (seen.has(text)) return [key];
    seen.add(text);
    return [];
  });
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
  const { names, targets } = aliasesOf(document);
  if (names > NAMES_MAX) {
    const message = `the document has more than ${NAMES_MAX} anchors and aliases`;
    return [{ offset: document.range?.[0] ?? 0, message }];
  }
  const sizes = new Map<Node, number>();
  const open = new Set<Node>();
  let circle: Alias | undefined;
  let loose: Alias | undefined;

  function sizeOf(node: unknown): number {
    if (isPair(node)) return sizeOf(node.key) + sizeOf(node.value);
    if (isAlias(node)) {
      const target = targets.get(node);
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

/** How many names are given and used, and what each alias stands for: the last node before it of its name. */
function aliasesOf(document: Document): {
  readonly names: number;
  readonly targets: ReadonlyMap<Alias, Node>;
} {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  let names = 0;
  visit(document, {
    Node: (_, node) => {
      if (isAlias(node)) {
        names++;
        const target = anchored.get(node.source);
        if (target !== undefined) targets.set(node, target);
      } else if (node.anchor !== undefined) {
        names++;
        anchored.set(node.anchor, node);
      }
    },
  });
  return { names, targets };
}

function offsetOf(node: Node): number {
  return node?.range?.[0] ?? 0;
}
