/** The scripts of `vm-dhcp completion`. tests/integration/completion_test.ts has shells run them. */

import assert from "node:assert/strict";
import type { Invocation } from "./cli/command.ts";
import { createCompletionCommand } from "./completion.ts";
import { COMMANDS } from "./run.ts";

const SNAPSHOTS = new URL("../tests/testdata/completion/", import.meta.url);
const SHELLS = ["bash", "zsh", "fish"];

async function scriptOf(shell: string): Promise<string> {
  const lines: string[] = [];
  const invocation: Invocation = {
    args: [shell],
    env: {},
    signal: new AbortController().signal,
    print: (line) => lines.push(line),
    onReload: () => {},
  };
  await createCompletionCommand(COMMANDS).run(invocation);
  return `${lines.join("\n")}\n`;
}

// To change them on purpose: deno run -A cmd/completion_test.ts
if (import.meta.main) {
  for (const shell of SHELLS) {
    await Deno.writeTextFile(new URL(`${shell}.txt`, SNAPSHOTS), await scriptOf(shell));
  }
} else {
  for (const shell of SHELLS) {
    Deno.test(`vm-dhcp completion ${shell} prints what tests/testdata/completion/${shell}.txt shows`, async () => {
      const shown = await Deno.readTextFile(new URL(`${shell}.txt`, SNAPSHOTS));
      assert.equal(await scriptOf(shell), shown);
    });
  }
}
