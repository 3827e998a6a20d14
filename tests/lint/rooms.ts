/** No room holds too much, and the test support holds only what tests share. */

import { importsOf } from "./import_graph.ts";
import { dirname, resolve } from "node:path";
import { PROJECT, projectPath } from "./project_path.ts";

/** What a room holds before it gets rooms of its own. */
export const ROOM_FILES_MAX = 15;

/** Where rooms are counted. A folder of tests may grow with what there is to test. */
const ROOMS = /^(lib|cmd|tools|tests\/support)\//;
const SUPPORT = /^tests\/support\//;
const UNIT_TEST = /_test\.ts$/;

/** The path of a program that a test starts instead of importing it. */
const STARTED = /\bnew URL\(\s*"(\.{1,2}\/[^"]+\.ts)"/g;

/** Folders that hold too many files besides unit tests, such as `lib/net: 16 files`. */
export function crowdedRooms(paths: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const path of paths) {
    if (!ROOMS.test(path) || UNIT_TEST.test(path)) continue;
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > ROOM_FILES_MAX)
    .map(([room, count]) => `${room}: ${count} files`);
}

/**
 * Files of `tests/support` that fewer than two files outside of it use, directly or through others.
 * Such a file belongs beside its user. A program that a unit test starts by its path may stay: beside
 * the unit test, it would be part of the product.
 *
 * @param sources Texts by path.
 */
export function unsharedSupport(sources: ReadonlyMap<string, string>): string[] {
  const users = new Map<string, Set<string>>();
  const started = new Set<string>();

  function note(path: string, user: string): void {
    if (!SUPPORT.test(path)) return;
    const known = users.get(path) ?? new Set();
    if (known.has(user)) return;
    users.set(path, known.add(user));
    for (const next of targetsOf(path, sources.get(path) ?? "")) note(next, user);
  }

  for (const [path, source] of sources) {
    if (SUPPORT.test(path)) continue;
    for (const target of targetsOf(path, source)) note(target, path);
    if (isUnitTest(path)) { for (const program of startedBy(path, source)) started.add(program); }
  }
  return [...sources.keys()].filter((path) =>
    SUPPORT.test(path) && !UNIT_TEST.test(path) && !started.has(path) &&
    (users.get(path)?.size ?? 0) < 2
  );
}

function isUnitTest(path: string): boolean {
  return UNIT_TEST.test(path) && !path.startsWith("tests/");
}

function targetsOf(path: string, source: string): string[] {
  return [...importsOf(path, source), ...startedBy(path, source)];
}

function startedBy(path: string, source: string): string[] {
  const folder = dirname(`${PROJECT}${path}`);
  return [...source.matchAll(STARTED)].map(([, target]) => projectPath(resolve(folder, target!)));
}

/** Texts of all TypeScript files below these folders, by path. */
export function readSources(folders: readonly string[]): Map<string, string> {
  const sources = new Map<string, string>();
  for (const folder of folders) {
    for (const { name, isDirectory } of Deno.readDirSync(`${PROJECT}${folder}`)) {
      const path = `${folder}/${name}`;
      if (isDirectory) {
        for (const [below, text] of readSources([path])) sources.set(below, text);
      } else if (name.endsWith(".ts")) {
        sources.set(path, Deno.readTextFileSync(`${PROJECT}${path}`));
      }
    }
  }
  return sources;
}
