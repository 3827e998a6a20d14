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
