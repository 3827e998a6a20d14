/** Fields of our kinds as documents name them: in commands of kubectl, in YAML, and between backticks. */

import { parseAllDocuments } from "yaml";
import { asJsonObject, type JsonObject, objectAt } from "../../lib/base/json.ts";
import { type CrdName, readCrd, schemaOf } from "../support/apiserver/crds.ts";

/** The definitions by the names that documents have for the kinds. */
const KINDS: readonly (readonly [name: RegExp, crd: CrdName])[] = [
  [/\bippools?\b|\bIPPool\b/, "ippool"],
  [
    /\b(?:vmnetcfgs?|virtualmachinenetworkconfigs?|VirtualMachineNetworkConfig)\b/,
    "virtualmachinenetworkconfig",
  ],
];

/** A path in a JSONPath expression or a column, such as `.status.conditions[?(@.type=="Ready")].message`. */
const PATH = /(?<!\w)\.(?:spec|status)(?:\.\w+|\[[^\]]*\])*/g;

/** Fields of other kinds that documents speak of: of VM networks, and of the VMs of KubeVirt. */
const FIELDS_OF_OTHERS = /^(?:spec\.config|spec\.template\..*|status\.interfaces)$/;

/** Whether a schema has the field at a path, through lists and objects with keys of any name. */
function hasField(schema: JsonObject, path: readonly string[]): boolean {
  const [key, ...rest] = path;
  if (key === undefined) return true;
  if (schema["x-kubernetes-preserve-unknown-fields"] === true) return true;
  const items = asJsonObject(schema["items"]);
  if (items !== undefined) return hasField(items, path);
  const values = asJsonObject(schema["additionalProperties"]);
  if (values !== undefined) return hasField(values, rest);
  const field = asJsonObject(objectAt(schema, "properties")[key]);
  return field !== undefined && hasField(field, rest);
}

/** The paths of all fields of an object, lists aside. */
function pathsOf(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, path));
  const object = asJsonObject(value);
  if (object === undefined) return [path];
  return Object.entries(object).flatMap(([key, member]) => pathsOf(member, [...path, key]));
}

function unknownPaths(crd: CrdName, paths: readonly (readonly string[])[]): readonly string[] {
  const schema = schemaOf(readCrd(crd));
  return paths.filter(([top]) => top === "spec" || top === "status")
    .filter((path) => !hasField(schema, path)).map((path) => `${crd}: ${path.join(".")}`);
}

/** The paths that a command of kubectl names: in expressions, in a patch, and to `kubectl explain`. */
function pathsInCommand(command: string): readonly (readonly string[])[] {
  const [, patch] = /(?:-p|--patch)[ =]'(\{.*?\})'/.exec(command) ?? [];
  const [, explained] = /kubectl explain \w+\.([\w.]+)/.exec(command) ?? [];
  const expressions = [...command.matchAll(PATH)].map(([path]) =>
    path.slice(1).replaceAll(/\[[^\]]*\]/g, "").split(".")
  );
  return [
    ...expressions,
    ...(patch === undefined ? [] : pathsOf(JSON.parse(patch))),
    ...(explained === undefined ? [] : [explained.split(".")]),
  ];
}

/** Fields that commands of kubectl name and a definition does not have. */
function unknownInCommands(text: string): readonly string[] {
  return [...text.matchAll(/kubectl (?!vmdhcp)[^\n`]*/g)].flatMap(([command]) => {
    const [, crd] = KINDS.find(([name]) => name.test(command)) ?? [];
    return crd === undefined ? [] : unknownPaths(crd, pathsInCommand(command));
  });
}

/** Fields of the objects in YAML that a definition does not have. */
function unknownInObjects(text: string): readonly string[] {
  const blocks = [...text.matchAll(/^(?:```yaml\n|.*<<EOF.*\n)([^]*?)^(?:```|EOF)$/gm)];
  return blocks.flatMap(([, yaml]) =>
    parseAllDocuments(yaml!).flatMap((document) => {
      const object = asJsonObject(document.toJS());
      const [, crd] = KINDS.find(([name]) => name.test(String(object?.["kind"]))) ?? [];
      return crd === undefined ? [] : unknownPaths(crd, pathsOf(object));
    })
  );
}

/** Fields between backticks, such as `spec.paused`, that neither of our kinds has. */
function unknownInProse(text: string): readonly string[] {
  const prose = text.replaceAll(/^```[^]*?^```$/gm, "");
  return [...prose.matchAll(/`(?:IPPool\.)?((?:spec|status)\.[\w.]+)(?:: [^`]*)?`/g)]
    .map(([, path]) => path!)
    .filter((path) => !FIELDS_OF_OTHERS.test(path))
    .filter((path) => KINDS.every(([, crd]) => unknownPaths(crd, [path.split(".")]).length > 0));
}

/** What a document says of fields of our kinds that the definitions do not have. */
export function unknownFields(text: string): readonly string[] {
  return [...unknownInCommands(text), ...unknownInObjects(text), ...unknownInProse(text)];
}
