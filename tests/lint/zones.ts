/** Where the runtime, the clock, chance and the outside world may be used. */

import { isTest, isWithin } from "./layers.ts";

/** Same input, same output: these files get the time and the world as arguments. */
const PURE = [
  ...["lib/base", "lib/net", "lib/observe", "lib/api", "lib/dhcpv4", "lib/ipam"],
  ...["lib/reconcile", "lib/admission", "lib/agent", "lib/controller"],
  ...["cmd/cli/flags.ts", "cmd/cli/flag_values.ts"],
];

/** Edges, where `Deno.*` stands; everything else works through their contracts. */
const EDGES = [
  ...["lib/kube", "lib/sys", "lib/http", "lib/tls", "lib/apiserver", "lib/manifests"],
  ...["lib/endpoints", "cmd", "main.ts"],
];

/** True when a file may not use time, chance, the network or the console. */
export function isPure(path: string): boolean {
  return !isTest(path) && PURE.some((place) => isWithin(path, place));
}

/** True when a file may use `Deno.*`. */
export function isEdge(path: string): boolean {
  return isTest(path) || (!isPure(path) && EDGES.some((place) => isWithin(path, place)));
}

/** Globals that reach out of a pure function, whatever is done with them. */
const IMPURE_OBJECTS = new Set(["console", "crypto", "globalThis", "performance"]);

/** Functions and constructors that reach out of a pure function. */
const IMPURE_CALLS = new Set([
  "Date",
  "Worker",
  "WebSocket",
  "fetch",
  "queueMicrotask",
  "setImmediate",
  "setInterval",
  "setTimeout",
]);

/** Methods of otherwise pure globals. */
const IMPURE_METHODS: Readonly<Record<string, ReadonlySet<string>>> = {
  AbortSignal: new Set(["timeout"]),
  Date: new Set(["now"]),
  Math: new Set(["random"]),
};

/** Modules of Node without I/O, or with names that are harmless. */
const PURE_NODE_IMPORTS: Readonly<Record<string, ReadonlySet<string>>> = {
  "node:crypto": new Set(["createHash"]),
  "node:util": new Set(["parseArgs"]),
};

/** The impure part of `object.property`; undefined when it is pure. */
export function findImpureMember(object: string, property: string): string | undefined {
  const impure = IMPURE_OBJECTS.has(object) || IMPURE_METHODS[object]?.has(property) === true;
  return impure ? `${object}.${property}` : undefined;
}

/** True when calling the global `name` reaches out of a pure function. */
export function isImpureCall(name: string): boolean {
  return IMPURE_CALLS.has(name);
}

/** True when a pure file may not import `name` from the module `specifier`. */
export function isImpureImport(specifier: string, name: string): boolean {
  return specifier.startsWith("node:") && PURE_NODE_IMPORTS[specifier]?.has(name) !== true;
}
