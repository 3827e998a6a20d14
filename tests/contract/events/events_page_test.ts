/** docs/events.md must list every reason for which an Event is recorded, with what to do. */

import assert from "node:assert/strict";
import type { EventMeaning } from "../../../lib/api/event_meaning.ts";
import { EVENT_REASONS } from "../../../lib/api/event_reasons.ts";

const PAGE = new URL("../../../docs/events.md", import.meta.url);

/** The rows of the page's table of Events, in the order of the list. */
function rows(): readonly string[] {
  return Object.entries<EventMeaning>(EVENT_REASONS).map(
    ([reason, { type, on, meaning, cure }]) =>
      `| \`${reason}\` | ${type} | ${on.join(", ")} | ${meaning} | ${cure || "-"} |`,
  );
}

Deno.test("docs/events.md has the list of Events as it stands in the code", () => {
  const text = Deno.readTextFileSync(PAGE);
  const shown = text.split("\n").filter((line) => /^\| `\w+` \| (Normal|Warning) \|/.test(line));
  const wanted = rows();
  assert.deepEqual(shown, wanted, `the table should be:\n\n${wanted.join("\n")}\n`);
});

Deno.test("a warning says what to do, and every sentence ends as one", () => {
  for (const [reason, { type, meaning, cure }] of Object.entries<EventMeaning>(EVENT_REASONS)) {
    assert.match(reason, /^[A-Z][A-Za-z]+$/);
    assert.match(meaning, /\.$/, reason);
    assert.match(cure, type === "Warning" ? /\.$/ : /^$/, reason);
    assert.doesNotMatch(meaning + cure, /\|/, reason);
  }
});

Deno.test("every reason in the list is recorded somewhere", () => {
  const recorded = new Set<string>();
  for (const source of sourcesOf(new URL("../../../lib/", import.meta.url))) {
    for (const [, word] of source.matchAll(/"([A-Z][A-Za-z]+)"/g)) recorded.add(word!);
  }
  assert.deepEqual(Object.keys(EVENT_REASONS).filter((reason) => !recorded.has(reason)), []);
});

/** The sources of a folder without tests and without the list itself. */
function* sourcesOf(folder: URL): Iterable<string> {
  for (const { name, isDirectory } of Deno.readDirSync(folder)) {
    if (isDirectory) yield* sourcesOf(new URL(`${name}/`, folder));
    else if (/(?<!_test)\.ts$/.test(name) && name !== "event_reasons.ts") {
      yield Deno.readTextFileSync(new URL(name, folder));
    }
  }
}
