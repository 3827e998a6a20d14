/** Runs the plugin on source text, for the tests of its rules. */

import assert from "node:assert/strict";
import plugin from "./plugin.ts";
import { PROJECT } from "./project_path.ts";

/** A source text and the verdict of a rule. */
export interface RuleCase {
  readonly name: string;
  /** Path inside the project. */
  readonly file: string;
  readonly source: string;
  /** Part of the message; undefined when the rule has to be silent. */
  readonly want?: RegExp;
}

/** Registers a test for each case; other rules than the one under test are ignored. */
export function testRule(rule: keyof typeof plugin.rules, cases: readonly RuleCase[]): void {
  for (const { name, file, source, want } of cases) {
    Deno.test(`${rule} ${name}`, () => {
      const diagnostics = Deno.lint.runPlugin(plugin, `${PROJECT}${file}`, source);
      const messages = diagnostics
        .filter(({ id }) => id === `${plugin.name}/${rule}`)
        .map(({ message }) => message);
      assert.equal(messages.length, want === undefined ? 0 : 1, messages.join("\n"));
      if (want !== undefined) assert.match(messages.join(), want);
    });
  }
}
