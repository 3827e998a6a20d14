/** `vm-dhcp completion` */

import type { Command, CommandEntry } from "./cli/command.ts";
import { bashScript } from "./cli/completion/bash_script.ts";
import { type CompletedCommand, completedCommands } from "./cli/completion/completion_model.ts";
import { fishScript } from "./cli/completion/fish_script.ts";
import { zshScript } from "./cli/completion/zsh_script.ts";
import { parseArguments, UsageError } from "./cli/flags.ts";

type Script = (commands: readonly CompletedCommand[]) => string;

const SCRIPTS: Readonly<Record<string, Script>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** @param entries All commands. */
export function createCompletionCommand(entries: readonly CommandEntry[]): Command {
  return {
    name: "completion",
    description:
      "Prints a script with which a shell completes commands, flags and their values. Put the line of the\n" +
      "example for your shell into ~/.bashrc, ~/.zshrc behind compinit, or ~/.config/fish/config.fish.",
    synopsis: "completion bash|zsh|fish",
    flags: {},
    words: [Object.keys(SCRIPTS)],
    example: "  source <(vm-dhcp completion bash)\n" +
      "  source <(vm-dhcp completion zsh)\n" +
      "  vm-dhcp completion fish | source",
    permissions: ["ffi", "sys"],
    async run({ args, env, print }) {
      const { words: [shell = "", ...more] } = parseArguments({}, args, env);
      const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
      if (script === undefined) {
        const given = shell === "" ? "" : `, not "${shell}"`;
        throw new UsageError(`name one of ${Object.keys(SCRIPTS).join(", ")}${given}`);
      }
      if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
      print(script(await completedCommands(entries)));
    },
  };
}
