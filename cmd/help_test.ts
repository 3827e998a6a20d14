import assert from "node:assert/strict";
import { describeCommand } from "./cli/command.ts";
import { describeCommands } from "./cli/command_list.ts";
import { COMMANDS } from "./run.ts";

const SNAPSHOTS = new URL("../tests/testdata/help/", import.meta.url);

async function snapshotOf(name: string): Promise<string> {
  return await Deno.readTextFile(new URL(`${name}.txt`, SNAPSHOTS));
}

Deno.test("vm-dhcp --help prints what tests/testdata/help/vm-dhcp.txt shows", async () => {
  assert.equal(`${describeCommands(COMMANDS)}\n`, await snapshotOf("vm-dhcp"));
});

for (const { name, load } of COMMANDS) {
  Deno.test(`vm-dhcp ${name} --help prints what tests/testdata/help/${name}.txt shows`, async () => {
    const text = `${describeCommand(await load())}\n`;
    // To change it on purpose: deno run -A main.ts NAME --help > tests/testdata/help/NAME.txt
    assert.equal(text, await snapshotOf(name));
  });
}

Deno.test("each flag's help is a sentence", async () => {
  for (const { load } of COMMANDS) {
    for (const [flag, { help }] of Object.entries((await load()).flags)) {
      assert.match(help, /^[A-Z].*\.$/, `--${flag}`);
    }
  }
});
