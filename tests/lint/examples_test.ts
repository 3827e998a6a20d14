/** What other rooms call of the pure ground floor is shown by an example that the tests run. */

import assert from "node:assert/strict";
import { importsOf } from "./import_graph.ts";
import { isTest, isWithin } from "./layers.ts";
import { PROJECT, projectPath } from "./project_path.ts";

const ROOMS = ["lib/base", "lib/net", "lib/dhcpv4", "lib/ipam"];

/** The code of an example; pairs such as parse and format share one. */
const EXAMPLE = /^ \* @example\n \* ```ts\n((?: \*.*\n)*?) \* ```$/gm;

function readSources(folder: string, sources = new Map<string, string>()): Map<string, string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    const path = `${folder}/${name}`;
    if (isDirectory) readSources(path, sources);
    else if (name.endsWith(".ts") && !isTest(projectPath(path))) {
      sources.set(projectPath(path), Deno.readTextFileSync(path));
    }
  }
  return sources;
}

/** Functions of a file that its examples do not call, if files outside of its room import them. */
function unshownFunctions(path: string, sources: ReadonlyMap<string, string>): readonly string[] {
  const room = ROOMS.find((each) => isWithin(path, each))!;
  const source = sources.get(path)!;
  const examples = [...source.matchAll(EXAMPLE)].map(([, code]) => code).join("\n");
  const users = [...sources].filter(([user, text]) =>
    !isWithin(user, room) && importsOf(user, text).includes(path)
  ).map(([, text]) => text).join("\n");
  return [...source.matchAll(/^export (?:async )?function\*? (\w+)/gm)]
    .map(([, name]) => name!)
    .filter((name) => new RegExp(`\\b${name}\\b`).test(users))
    .filter((name) => !new RegExp(`\\b${name}\\b`).test(examples));
}

Deno.test("every function of the ground floor that other rooms call is shown by an example", () => {
  const sources = new Map([
    ...readSources(`${PROJECT}lib`),
    ...readSources(`${PROJECT}cmd`),
  ]);
  const unshown = [...sources.keys()]
    .filter((path) => ROOMS.some((room) => isWithin(path, room)))
    .flatMap((path) => unshownFunctions(path, sources).map((name) => `${path}: ${name}`));
  assert.deepEqual(unshown, []);
});

Deno.test("a function without an example is noticed, unless only its own room calls it", () => {
  const shown =
    "/**\n * @example\n * ```ts\n * shown();\n * ```\n */\nexport function shown() {}\n";
  const file = `${shown}export function hidden() {}\nexport function inside() {}\n`;
  const sources = new Map([
    ["lib/net/a.ts", file],
    ["lib/net/b.ts", 'import { inside } from "./a.ts"; inside();'],
    ["lib/agent/c.ts", 'import { hidden, shown } from "../net/a.ts"; shown(hidden());'],
  ]);
  assert.deepEqual(unshownFunctions("lib/net/a.ts", sources), ["hidden"]);
});
