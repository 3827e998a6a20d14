/** JSON patch (RFC 6902) with JSON pointers (RFC 6901). */

import {
  isJsonEqual,
  isJsonObject,
  NESTING_MAX,
  nestsDeeperThan,
  ownValue,
  setOwn,
} from "../../base/json.ts";
import { keyOfPointerStep, pointerStep } from "../../api/json_patch.ts";

/** Operations that one patch may have, as in kube-apiserver. */
const OPERATIONS_MAX = 10_000;
/** Text that `copy` may add in all, as in kube-apiserver: repeated doubling would fill the memory. */
const COPIED_CHARS_MAX = 3 * 1024 * 1024;
/**
 * Work of a patch: list items that are moved or compared. Without a bound, ten thousand operations on
 * a long list would take seconds.
 */
const WORK_MAX = 20_000_000;
/** Moving an item within a list is so much cheaper than comparing it. */
const MOVES_PER_WORK = 8;

/** Why a patch cannot be applied. */
export class JsonPatchError extends Error {
  override readonly name = "JsonPatchError";

  /** @param problem Whether the patch is malformed, too large, or does not fit the document. */
  constructor(readonly problem: "malformed" | "tooLarge" | "inapplicable", message: string) {
    super(message);
  }
}

/** One operation, with its pointers taken apart. */
type Operation =
  | { readonly op: "add" | "replace" | "test"; readonly path: Pointer; readonly value: unknown }
  | { readonly op: "remove"; readonly path: Pointer }
  | { readonly op: "move" | "copy"; readonly path: Pointer; readonly from: Pointer };

/** Unescaped parts of a pointer; none for the whole document. */
type Pointer = readonly string[];

/**
 * Applies a patch to a document: all its operations, or none.
 *
 * @param document Stays as it is.
 * @param patch The operations as parsed JSON; it is used up.
 * @returns The patched document.
 * @throws {JsonPatchError} for a malformed patch, or when an operation (or `test`) fails.
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  const operations = parseOperations(patch);
  const state: State = { root: structuredClone(document), copiedChars: 0, work: 0 };
  operations.forEach((operation, index) => {
    try {
      apply(state, operation);
    } catch (error) {
      if (!(error instanceof JsonPatchError)) throw error;
      const where = `operation ${index} (${operation.op} ${formatPointer(operation.path)})`;
      throw new JsonPatchError(error.problem, `${where}: ${error.message}`);
    }
  });
  // Moves can put one deep part into another.
  if (!nestsDeeperThan(state.root, NESTING_MAX)) return state.root;
  throw tooLarge(`what the patch makes nests deeper than ${NESTING_MAX} levels`);
}

interface State {
  root: unknown;
  copiedChars: number;
  work: number;
}

function apply(state: State, operation: Operation): void {
  const { path } = operation;
  switch (operation.op) {
    case "add":
      return add(state, path, operation.value);
    case "remove":
      return void remove(state, path);
    case "replace":
      valueAtPointer(state.root, path);
      if (path.length === 0) state.root = operation.value;
      else put(parentOf(state.root, path), path.at(-1)!, operation.value);
      return;
    case "move":
      if (isProperPrefix(operation.from, path)) throw inapplicable("cannot move into itself");
      return add(state, path, remove(state, operation.from));
    case "copy":
      return add(state, path, copyOf(state, operation.from));
    case "test":
      if (isEqual(state, valueAtPointer(state.root, path), operation.value)) return;
      throw inapplicable("testing failed: the value is another one");
    default:
      operation satisfies never;
  }
}

function add(state: State, path: Pointer, value: unknown): void {
  if (path.length === 0) {
    state.root = value;
    return;
  }
  const parent = parentOf(state.root, path);
  const key = path.at(-1)!;
  if (!Array.isArray(parent)) return put(parent, key, value);
  const index = insertionIndex(parent, key);
  spend(state, (parent.length - index) / MOVES_PER_WORK);
  parent.splice(index, 0, value);
}

function remove(state: State, path: Pointer): unknown {
  if (path.length === 0) throw inapplicable("the whole document cannot be removed");
  const value = valueAtPointer(state.root, path);
  const parent = parentOf(state.root, path);
  const key = path.at(-1)!;
  if (Array.isArray(parent)) {
    spend(state, parent.length / MOVES_PER_WORK);
    parent.splice(Number(key), 1);
  } else delete parent[key];
  return value;
}

function copyOf(state: State, from: Pointer): unknown {
  const value = valueAtPointer(state.root, from);
  if (nestsDeeperThan(value, NESTING_MAX)) {
    throw tooLarge(`nests deeper than ${NESTING_MAX} levels`);
  }
  state.copiedChars += JSON.stringify(value).length;
  if (state.copiedChars <= COPIED_CHARS_MAX) return structuredClone(value);
  throw tooLarge(`copies more than ${COPIED_CHARS_MAX} characters in all`);
}

function isEqual(state: State, found: unknown, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return found === value;
  spend(state, membersOf(found));
  return isJsonEqual(found, value);
}

/** Values in the value, at any depth. */
function membersOf(value: unknown): number {
  let count = 0;
  const rest = [value];
  while (rest.length > 0) {
    const next = rest.pop();
    if (typeof next !== "object" || next === null) continue;
    for (const member of Object.values(next)) {
      rest.push(member);
      count++;
    }
  }
  return count;
}

function spend(state: State, work: number): void {
  state.work += work;
  if (state.work > WORK_MAX) throw tooLarge("the patch is too much work");
}

function put(parent: Parent, key: string, value: unknown): void {
  if (Array.isArray(parent)) parent[Number(key)] = value;
  else setOwn(parent, key, value);
}

type Parent = unknown[] | Record<string, unknown>;

/** The object or list that contains the target of a pointer. */
function parentOf(root: unknown, path: Pointer): Parent {
  const parent = valueAtPointer(root, path.slice(0, -1));
  if (Array.isArray(parent) || isJsonObject(parent)) return parent;
  throw inapplicable(`${formatPointer(path.slice(0, -1))} is neither an object nor a list`);
}

function valueAtPointer(root: unknown, path: Pointer): unknown {
  let value = root;
  path.forEach((key, i) => {
    const found = memberOf(value, key);
    if (found === undefined) {
      throw inapplicable(`there is nothing at ${formatPointer(path.slice(0, i + 1))}`);
    }
    value = found;
  });
  return value;
}

/** A member of a list or an object; parsed JSON has no `undefined`, so that means none. */
function memberOf(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return INDEX.test(key) ? value[Number(key)] : undefined;
  return isJsonObject(value) ? ownValue(value, key) : undefined;
}

/** RFC 6901 section 4: no leading zeros, no sign. */
const INDEX = /^(?:0|[1-9]\d{0,8})$/;

function insertionIndex(list: readonly unknown[], key: string): number {
  if (key === "-") return list.length;
  if (INDEX.test(key) && Number(key) <= list.length) return Number(key);
  throw inapplicable(`${JSON.stringify(key)} is not an index of a list of ${list.length}`);
}

function isProperPrefix(prefix: Pointer, path: Pointer): boolean {
  return prefix.length < path.length && prefix.every((key, i) => key === path[i]);
}

function parseOperations(patch: unknown): Operation[] {
  if (!Array.isArray(patch)) throw malformed("a JSON patch must be a list of operations");
  if (patch.length > OPERATIONS_MAX) {
    throw tooLarge(`the patch has ${patch.length} operations, ${OPERATIONS_MAX} are allowed`);
  }
  return patch.map(parseOperation);
}

function parseOperation(raw: unknown, index: number): Operation {
  const where = `operation ${index} of the JSON patch`;
  if (!isJsonObject(raw)) throw malformed(`${where} must be an object`);
  const path = parsePointer(raw["path"], `path of ${where}`);
  const op = raw["op"];
  switch (op) {
    case "add":
    case "replace":
    case "test":
      if (!Object.hasOwn(raw, "value")) throw malformed(`${where} lacks its value`);
      return { op, path, value: raw["value"] };
    case "remove":
      return { op, path };
    case "move":
    case "copy":
      return { op, path, from: parsePointer(raw["from"], `from of ${where}`) };
    default: {
      const known = "add, remove, replace, move, copy or test";
      throw inapplicable(`op of ${where} must be ${known}, not ${JSON.stringify(op)}`);
    }
  }
}

function parsePointer(text: unknown, what: string): Pointer {
  if (typeof text !== "string" || !/^(?:\/|$)/.test(text) || /~(?![01])/.test(text)) {
    throw malformed(`the ${what} must be a JSON pointer such as /spec/dns/0`);
  }
  return text.split("/").slice(1).map(keyOfPointerStep);
}

function formatPointer(path: Pointer): string {
  return path.map((key) => `/${pointerStep(key)}`).join("") || "the document";
}

function malformed(message: string): JsonPatchError {
  return new JsonPatchError("malformed", message);
}

function tooLarge(message: string): JsonPatchError {
  return new JsonPatchError("tooLarge", message);
}

function inapplicable(message: string): JsonPatchError {
  return new JsonPatchError("inapplicable", message);
}
