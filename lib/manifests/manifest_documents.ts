/**
 * YAML manifests with the lines that their fields stand on, read as kubectl reads them; what the two
 * would read differently is refused. Pure.
 */

import { isJsonObject, type JsonObject } from "../base/json.ts";
import { nearestName } from "../base/nearest_name.ts";
import { terminalText } from "../base/terminal_text.ts";
import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from "yaml";
import {
  type KubeObject,
  METADATA_FIELDS,
  type NamespacedName,
  namespacedNameOf,
  type ResourceType,
} from "../api/meta.ts";
import {
  apiVersionOf,
  IPPOOLS,
  NAMESPACES,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../api/resources.ts";
import { controlFaultOf, yamlFaultsOf } from "./yaml_faults.ts";

/** What is wrong at one place of a manifest. */
export interface ManifestProblem {
  readonly file: string;
  readonly line: number;
  /** Path such as `spec.ipv4Config.cidr`; empty for the document as a whole. */
  readonly field: string;
  readonly message: string;
}

/** One object of a manifest. */
export interface ManifestObject {
  readonly file: string;
  readonly type: ResourceType;
  readonly name: NamespacedName;
  readonly object: KubeObject;
  /** The line of a field, or of the nearest field around it that is written. */
  lineOf(field: string): number;
}

/** The result of {@link parseManifest}: all objects and all problems. */
export interface ParsedManifest {
  readonly objects: readonly ManifestObject[];
  readonly problems: readonly ManifestProblem[];
}

const KINDS: readonly ResourceType[] = [
  IPPOOLS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  NAMESPACES,
];

/** Lists in lists that are looked into. */
const LIST_DEPTH_MAX = 8;
/** Longest document. While it is parsed, nothing else happens in the process. */
const PART_CHARS_MAX = 4 * 1024 * 1024;
/** Faults that are named of an object's metadata: to find the line of one takes a look at all fields. */
const METADATA_FAULTS_MAX = 20;
/** How much of a message is shown, which may quote the file. */
const SHOWN_CHARS_MAX = 1000;

/** Formats a problem as compilers do, so that editors can jump to it; nothing in it steers a terminal. */
export function formatProblem({ file, line, field, message }: ManifestProblem): string {
  const text = message.length <= SHOWN_CHARS_MAX
    ? message
    : `${message.slice(0, SHOWN_CHARS_MAX)}…`;
  return terminalText(`${file}:${line}: ${field === "" ? "" : `${field}: `}${text}`)
    .replaceAll("\n", " ");
}

/**
 * Parses a file of one or several YAML documents. Empty documents are skipped. The items of a List are
 * objects of their own. Objects without a namespace are put into `default`.
 *
 * @param file Name for messages.
 */
export function parseManifest(file: string, text: string): ParsedManifest {
  const parts = [...parseManifestParts(file, text)];
  return {
    objects: parts.flatMap(({ objects }) => objects),
    problems: parts.flatMap(({ problems }) => problems),
  };
}

/** As {@link parseManifest}, document by document, so that others can work between two of them. */
export function* parseManifestParts(file: string, read: string): Generator<ParsedManifest> {
  // Files that were joined bring the byte order mark of each.
  const text = read.replaceAll(/^\uFEFF/gm, "");
  let start = 0;
  let line = 1;
  // A line of three dashes begins a document wherever it stands, even in a text of several lines.
  for (const { index } of text.matchAll(/^---(?=\s|$)/gm)) {
    const part = text.slice(start, index);
    if (!isBlank(part)) yield parsePart({ file, line, text: part });
    line += linesIn(part);
    start = index;
  }
  const last = text.slice(start);
  if (!isBlank(last)) yield parsePart({ file, line, text: last });
}

function linesIn(text: string): number {
  let lines = 0;
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) lines++;
  return lines;
}

/** Whether there is nothing but comments and directives. */
function isBlank(text: string): boolean {
  return text.split("\n").every((line) => /^(?:\s*(?:#|$)|---\s*(?:#|$)|%)/.test(line));
}

/** A document, or several that end with three dots. */
interface Part {
  readonly file: string;
  /** In the file. */
  readonly line: number;
  readonly text: string;
}

function parsePart({ file, line: firstLine, text }: Part): ParsedManifest {
  const lines = new LineCounter();
  const lineAt = (offset: number) => firstLine - 1 + lines.linePos(offset).line;
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  if (text.length > PART_CHARS_MAX) {
    const message = `the document has more than ${PART_CHARS_MAX} characters: divide it by ` +
      "lines of three dashes";
    return { objects, problems: [{ file, line: firstLine, field: "", message }] };
  }
  const control = controlFaultOf(text);
  if (control !== undefined) {
    // Lines are counted while the text is parsed.
    const line = firstLine + linesIn(text.slice(0, control.offset));
    return { objects, problems: [{ file, line, field: "", message: control.message }] };
  }
  for (const document of documentsOf(text, lines)) {
    const faults = yamlFaultsOf(document);
    if (faults.length > 0) {
      for (const { offset, message } of faults) {
        problems.push({ file, line: lineAt(offset), field: "", message });
      }
      continue;
    }
    const value = valueOf(document);
    if (value instanceof Error) {
      const line = lineAt(offsetOfField(document, ""));
      problems.push({ file, line, field: "", message: value.message });
      continue;
    }
    if (value === null) continue;
    for (const { path, item } of itemsOf(value, "")) {
      const lineOf = (field: string) => lineAt(offsetOfField(document, `${path}${field}`));
      const result = readObject(item);
      if ("object" in result) {
        objects.push({ file, ...result, name: namespacedNameOf(result.object), lineOf });
      } else {for (const { field, message } of result.faults) {
          const whole = `${path}${field}`.replace(/\.$/, "");
          problems.push({ file, line: lineOf(field), field: whole, message });
        }}
    }
  }
  return { objects, problems };
}

/** @throws {RangeError} */
function documentsOf(text: string, lineCounter: LineCounter): readonly Document[] {
  const options = { lineCounter, prettyErrors: false, merge: true, uniqueKeys: false };
  const documents = parseAllDocuments(text, options);
  return Array.isArray(documents) ? documents : [];
}

/** The value of a document, or why it has none, as when something else than a mapping is merged. */
function valueOf(document: Document): unknown {
  try {
    // What aliases may expand to is known to be small by now.
    return document.toJS({ maxAliasCount: -1 });
  } catch (error) {
    return error;
  }
}

/** The objects of a document; `path` is empty, or that of an item, with a dot. */
function itemsOf(
  value: unknown,
  path: string,
): readonly { readonly path: string; readonly item: unknown }[] {
  const items = isList(value) && path.split(".").length <= LIST_DEPTH_MAX ? value["items"] : null;
  if (!Array.isArray(items)) return [{ path, item: value }];
  return items.flatMap((item, i) => itemsOf(item, `${path}items[${i}].`));
}

function isList(value: unknown): value is JsonObject {
  return isJsonObject(value) && typeof value["kind"] === "string" && value["kind"].endsWith("List");
}

interface Fault {
  readonly field: string;
  readonly message: string;
}

function readObject(
  raw: unknown,
): { object: KubeObject; type: ResourceType } | { faults: readonly Fault[] } {
  if (!isJsonObject(raw)) {
    return { faults: [{ field: "", message: "the document is not a mapping of fields" }] };
  }
  const { apiVersion, kind, metadata } = raw;
  if (isList(raw) && !Array.isArray(raw["items"])) {
    return { faults: [{ field: "items", message: `of kind ${kind} must be a list of objects` }] };
  }
  const type = KINDS.find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
  if (type === undefined) return { faults: [unservedKind(apiVersion, kind)] };
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  if (!isJsonObject(metadata) || typeof name !== "string" || name === "") {
    return { faults: [{ field: "metadata.name", message: "is missing or no text" }] };
  }
  const faults: Fault[] = [];
  for (const [key, value] of Object.entries(metadata)) {
    if (faults.length < METADATA_FAULTS_MAX) faults.push(...metadataFaults(key, value));
  }
  if (faults.length > 0) return { faults };
  const namespace = type.namespaced ? { namespace: "default" } : {};
  return { type, object: { ...raw, metadata: { ...namespace, ...metadata } } as KubeObject };
}

function unservedKind(apiVersion: unknown, kind: unknown): Fault {
  const known = KINDS.map((each) => `${each.kind} (${apiVersionOf(each)})`).join(", ");
  const shown = (value: unknown) =>
    value === undefined || value === null
      ? "(none)"
      : typeof value === "string"
      ? value
      : JSON.stringify(value);
  const given = `kind ${shown(kind)} of apiVersion ${shown(apiVersion)}`;
  return { field: "kind", message: `${given} is not read from manifests; those have ${known}` };
}

/** Checked here, because an update keeps most of the metadata that is stored. */
function metadataFaults(key: string, value: unknown): Fault[] {
  const field = `metadata.${key}`;
  if (!METADATA_FIELDS.includes(key)) {
    const meant = nearestName(key, METADATA_FIELDS);
    const hint = meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
    return [{ field, message: `unknown field ${JSON.stringify(key)}${hint}` }];
  }
  if (key === "namespace" && typeof value !== "string" && value !== null) {
    return [{ field, message: "must be a text" }];
  }
  const holdsTexts = key === "labels" || key === "annotations";
  if (!holdsTexts || value === null) return [];
  if (!isJsonObject(value)) return [{ field, message: "must be a mapping of texts" }];
  const wrong = Object.entries(value).filter(([, item]) => typeof item !== "string");
  return wrong.slice(0, METADATA_FAULTS_MAX).map(([name]) => ({
    field: `${field}.${name}`,
    message: "must be a text; put it in quotes",
  }));
}

function offsetOfField(document: Document, field: string): number {
  const path = field.split(/[.[\]]+/).filter((part) => part !== "").map((part) =>
    /^\d+$/.test(part) ? Number(part) : part
  );
  for (let length = path.length; length > 0; length--) {
    const offset = offsetAt(document, path.slice(0, length));
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? document.range?.[0] ?? 0;
}

/** The place of the key, because the value of a block may begin a line later. */
function offsetAt(document: Document, path: readonly (string | number)[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  const last = path.at(-1);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && key.toJSON() === last);
    return isNode(pair?.key) ? pair.key.range?.[0] : undefined;
  }
  const node = document.getIn(path, true);
  return isNode(node) ? node.range?.[0] : undefined;
}
