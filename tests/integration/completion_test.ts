/** `vm-dhcp completion` in the shells that it is for. */

import assert from "node:assert/strict";
import { integrationTest } from "../support/harness/integration_test.ts";
import type { ToolName } from "../../tools/programs.ts";
import { PROGRAMS } from "../support/process/standalone_process.ts";
import { inFolder } from "../support/harness/in_folder.ts";

/** What is typed, and what it becomes when it is completed, where that is one thing. */
const LINES: readonly (readonly [typed: string, completed: string])[] = [
  ["vm-dhcp stand", "vm-dhcp standalone"],
  ["vm-dhcp standalone --data", "vm-dhcp standalone --data-dir"],
  ["vm-dhcp standalone --data-dir da", "vm-dhcp standalone --data-dir data dir"],
  ["vm-dhcp version --output j", "vm-dhcp version --output json"],
  ["vm-dhcp version --output=j", "vm-dhcp version --output=json"],
  ["vm-dhcp version -o j", "vm-dhcp version -o json"],
  ["vm-dhcp completion ba", "vm-dhcp completion bash"],
  ["vm-dhcp trace --ippool a/b capt", "vm-dhcp trace --ippool a/b capture.pcap"],
  ["vm-dhcp trace --partial-checksum capt", "vm-dhcp trace --partial-checksum capture.pcap"],
  ["vm-dhcp explain addr", "vm-dhcp explain address"],
  ["vm-dhcp help unin", "vm-dhcp help uninstall"],
];

/** Completes the last word of lines, of which the arguments after the script are. Prints it for each. */
const SHELLS: Readonly<Record<string, string>> = {
  // Readline divides words at equals signs as well.
  bash: `
    source "$1"; shift
    for line; do
      read -ra COMP_WORDS <<< "\${line//=/ = }"
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _vm_dhcp
      printf '%s\n' "\${COMPREPLY[*]}"
    done`,
  fish: `
    source $argv[1]
    for line in $argv[2..]
      complete -C $line | string replace -r '\\t.*' '' | string replace -r '^--[a-z-]*=' '' |
        string join ' '
    end`,
  zsh: `
    zmodload zsh/zpty
    zpty shell zsh -d -i
    zpty -r -m shell out '*ready*'
    shift
    for line; do
      zpty -w -n shell $line$'\\t\\x14'
      zpty -r -m shell out '*<<*>>*'
      out=\${out##*<<}
      print -r -- \${out%%>>*}
    done`,
};

/** For the shell that zsh types into: a key prints the line. */
const ZSHRC = `
PROMPT=
autoload -Uz compinit
compinit -u -D
source ~/script
show() {
  print -r -- "<<$BUFFER>>"
  BUFFER=
}
zle -N show
bindkey '^T' show
print ready
`;

async function scriptOf(shell: string): Promise<string> {
  const [program, ...before] = PROGRAMS.source;
  const command = new Deno.Command(program, { args: [...before, "completion", shell] });
  const { code, stdout } = await command.output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout);
}

/** The line that was typed with what its last word has become, without quotes. */
function lineOf(typed: string, completed: string): string {
  const before = typed.replace(/[^ =]*$/, "");
  const word = completed.startsWith(before) ? completed.slice(before.length) : completed;
  return before + word.replace("\\ ", " ").replace(/[ /=]+$/, "");
}

for (const [shell, program] of Object.entries(SHELLS)) {
  await integrationTest({
    name: `${shell} completes commands, flags, their values and files`,
    needs: shell === "bash" ? [] : [shell as ToolName],
    run: () =>
      inFolder(async (folder) => {
        await Deno.writeTextFile(`${folder}/script`, await scriptOf(shell));
        await Deno.writeTextFile(`${folder}/.zshrc`, ZSHRC);
        await Deno.writeTextFile(`${folder}/capture.pcap`, "");
        await Deno.writeTextFile(`${folder}/data file`, "");
        await Deno.mkdir(`${folder}/data dir`);
        const typed = LINES.map(([line]) => line);
        const command = shell === "fish" ? ["-N", "-c", program] : ["-c", program, "test"];
        const { stdout, stderr } = await new Deno.Command(shell, {
          args: [...command, `${folder}/script`, ...typed],
          cwd: folder,
          env: { HOME: folder, TERM: "dumb" },
        }).output();
        const said = new TextDecoder().decode(stderr);
        const words = new TextDecoder().decode(stdout).trimEnd().split("\n");
        const wanted = LINES.map(([, completed]) => completed);
        const found = typed.map((line, i) => lineOf(line, words[i] ?? ""));
        assert.deepEqual(found, wanted, said);
      }),
  });
}
