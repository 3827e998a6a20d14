/** docs/events.md must name every type and every reason of the conditions of our kinds. */

import assert from "node:assert/strict";
import { AGENTS_CURRENT } from "../../../lib/reconcile/network_clear/agents_current.ts";
import { NETWORK_CLEAR } from "../../../lib/reconcile/network_clear/network_clear.ts";
import { NETWORK_FAULTS } from "../../../lib/reconcile/network_clear/wire_facts.ts";

const ROOT = new URL("../../../", import.meta.url);

/** Where conditions are made, and what they take over from agents. */
const SOURCES = [
  ...["lib/reconcile/ippool", "lib/reconcile/vmnetcfg", "lib/reconcile/auto_ippool"],
  "lib/reconcile/network_clear",
];
const AGENTS = ["lib/agent", "lib/agent/host"];

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Words that stand behind a key in the sources of folders. */
function wordsOf(folders: readonly string[], key: string): readonly string[] {
  const words = folders.flatMap((folder) =>
    [...Deno.readDirSync(new URL(folder, ROOT))].filter(({ name }) =>
      name.endsWith(".ts") && !name.endsWith("_test.ts")
    ).flatMap(({ name }) =>
      [...read(`${folder}/${name}`).matchAll(new RegExp(`\\b${key}(?::| =) "([A-Z]\\w+)"`, "g"))]
        .map(([, word]) => word!)
    )
  );
  return [...new Set(words)].sort();
}

Deno.test("docs/events.md names every condition and each of its reasons", () => {
  const page = read("docs/events.md");
  const types = wordsOf(SOURCES, "type").filter((type) => !["Normal", "Warning"].includes(type));
  assert.ok(types.includes("Ready") && types.includes("Allocated"), "the search finds conditions");
  const reasons = [...wordsOf(SOURCES, "reason"), ...wordsOf(AGENTS, "reason")];
  assert.ok(reasons.includes("Serving") && reasons.includes("NoInterface"));
  const words = [...types, AGENTS_CURRENT, NETWORK_CLEAR, ...reasons, ...NETWORK_FAULTS];
  const missing = words.filter((word) => !page.includes(`\`${word}\``));
  assert.deepEqual(missing, []);
});

/** Words between backticks in the tables of conditions. */
function wordsInTables(page: string): readonly string[] {
  const [, section = ""] = page.split(/^## 2\. .*$/m);
  const rows = section.split("\n").filter((line) => line.startsWith("| `"));
  const words = rows.flatMap((row) => [...row.matchAll(/`([A-Z][A-Za-z]+)`/g)]);
  return [...new Set(words.map(([, word]) => word!))];
}

/** Everything in quotes in the sources of a folder. */
function quotedIn(folder: string, quoted = new Set<string>()): ReadonlySet<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (isDirectory) quotedIn(`${folder}${name}/`, quoted);
    else if (/(?<!_test)\.ts$/.test(name)) {
      for (const [, word] of read(`${folder}${name}`).matchAll(/"([A-Z]\w+)"/g)) quoted.add(word!);
    }
  }
  return quoted;
}

Deno.test("docs/events.md names no condition and no reason that is not there", () => {
  const words = wordsInTables(read("docs/events.md"));
  assert.ok(words.length > 40, "the tables have no words: look at the pattern");
  const quoted = quotedIn("lib/");
  const unknown = words.filter((word) => !quoted.has(word));
  // A reason of the Go program, which the objects that it has left may have.
  assert.deepEqual(unknown, ["NetworkConfigChanged"]);
});
