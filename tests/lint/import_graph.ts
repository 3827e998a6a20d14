/** Imports between files, for rules that look beyond one file. */

import { dirname, resolve } from "node:path";
import { isTest } from "./layers.ts";
import { PROJECT, projectPath } from "./project_path.ts";

/** A relative path behind `from`, `import` or `import(`; types are imports like any other. */
const IMPORT = /\b(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/** Files that a source text imports; paths are relative to the project. */
export function importsOf(path: string, source: string): string[] {
  const folder = dirname(`${PROJECT}${path}`);
  return [...source.matchAll(IMPORT)].map(([, target]) => projectPath(resolve(folder, target!)));
}

/** An import or export from a file or a package that is there when the program runs. */
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\s)(?:([^;"]*?)\s+from\s+)?"([^"]+)";/gm;
/** Names in braces, of which each is a type. */
const ONLY_TYPES = /^\{(?:\s*type\s[^,}]+,?)+\s*\}$/;

/**
 * All that is loaded with a file, without what it imports on demand: paths relative to the project, and names
 * of packages.
 */
export function loadedWith(path: string, read = readStored): ReadonlySet<string> {
  const loaded = new Set([path]);
  for (const each of loaded) {
    const folder = dirname(`${PROJECT}${each}`);
    for (const [, names, target] of (read(each) ?? "").matchAll(STATIC_IMPORT)) {
      if (names !== undefined && ONLY_TYPES.test(names)) continue;
      loaded.add(target!.startsWith(".") ? projectPath(resolve(folder, target!)) : target!);
    }
  }
  return loaded;
}

/**
 * A way on which a file reaches itself through its imports.
 *
 * @param source Text of the file, which may differ from what is stored.
 * @param read Text of another file; undefined when there is none.
 * @returns The files on the way, beginning and ending with the file itself; undefined when there is none.
 */
export function findCycle(
  path: string,
  source: string,
  read: (path: string) => string | undefined = readStored,
): readonly string[] | undefined {
  const seen = new Set<string>();
  const ways = importsOf(path, source).map((next) => [path, next]);
  for (let way = ways.pop(); way !== undefined; way = ways.pop()) {
    const last = way.at(-1)!;
    if (last === path) return way;
    if (seen.has(last)) continue;
    seen.add(last);
    const text = read(last);
    if (text === undefined) continue;
    for (const next of importsOf(last, text)) ways.push([...way, next]);
  }
  return undefined;
}

const stored = new Map<string, string | undefined>();

function readStored(path: string): string | undefined {
  if (!stored.has(path)) stored.set(path, readProduct(path));
  return stored.get(path);
}

function readProduct(path: string): string | undefined {
  if (isTest(path)) return undefined;
  try {
    return Deno.readTextFileSync(`${PROJECT}${path}`);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
