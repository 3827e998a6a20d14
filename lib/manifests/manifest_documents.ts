/** YAML manifests with the lines that their fields stand on. Pure. */

import { isJsonObject } from "../base/json.ts";
import { type Document, isMap, isNode, LineCounter, parseAllDocuments } from "yaml";
import {
  type KubeObject,
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

/** Formats a problem as compilers do, so that editors can jump to it. */
export function formatProblem({ file, line, field, message }: ManifestProblem): string {
  return `${file}:${line}: ${field === "" ? "" : `${field}: `}${message}`;
}

/**
 * Parses a file of one or several YAML documents. Empty documents are skipped. Objects without a
 * namespace are put into `default`.
 *
 * @param file Name for messages.
 */
export function parseManifest(file: string, text: string): ParsedManifest {
  const lines = new LineCounter();
  const objects: ManifestObject[] = [];
  const problems: ManifestProblem[] = [];
  const documents = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    if (document.errors.length > 0) {
      for (const error of document.errors) {
        const line = lineOfOffset(lines, error.pos[0]);
        problems.push({ file, line, field: "", message: error.message });
      }
      continue;
    }
    if (document.toJS() === null) continue;
    const result = readObject(document);
    if ("message" in result) {
      problems.push({ file, line: lineOfField(document, lines, result.field), ...result });
      continue;
    }
    objects.push({
      file,
      ...result,
      name: namespacedNameOf(result.object),
      lineOf: (field) => lineOfField(document, lines, field),
    });
  }
  return { objects, problems };
}

function readObject(
  document: Document,
): { object: KubeObject; type: ResourceType } | { field: string; message: string } {
  if (!isMap(document.contents)) {
    return { field: "", message: "the document is not a mapping of fields" };
  }
  const raw: Record<string, unknown> = document.toJS();
  const { apiVersion, kind, metadata } = raw;
  const type = KINDS.find((each) => apiVersionOf(each) === apiVersion && each.kind === kind);
  if (type === undefined) {
    const known = KINDS.map((each) => `${each.kind} (${apiVersionOf(each)})`).join(", ");
    const given = `kind ${kind ?? "(none)"} of apiVersion ${apiVersion ?? "(none)"}`;
    return { field: "kind", message: `${given} is not served here; known are ${known}` };
  }
  const name = isJsonObject(metadata) ? metadata["name"] : undefined;
  if (!isJsonObject(metadata) || typeof name !== "string" || name === "") {
    return { field: "metadata.name", message: "is missing or no text" };
  }
  const namespace = type.namespaced ? { namespace: "default" } : {};
  return { type, object: { ...raw, metadata: { ...namespace, ...metadata } } as KubeObject };
}

function lineOfField(document: Document, lines: LineCounter, field: string): number {
  const path = field.split(/[.[\]]+/).filter((part) => part !== "").map((part) =>
    /^\d+$/.test(part) ? Number(part) : part
  );
  for (let length = path.length; length > 0; length--) {
    const offset = offsetAt(document, path.slice(0, length));
    if (offset !== undefined) return lineOfOffset(lines, offset);
  }
  return lineOfOffset(lines, startOf(document));
}

function startOf(document: Document): number {
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

function lineOfOffset(lines: LineCounter, offset: number): number {
  return lines.linePos(offset).line;
}
