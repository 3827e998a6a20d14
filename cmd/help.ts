/** `vm-dhcp help` */

import { type Command, type CommandEntry, describeCommand } from "./cli/command.ts";
import { describeCommands, unknownCommand } from "./cli/command_list.ts";
import { parseArguments, UsageError } from "./cli/flags.ts";

/** @param entries All commands. */
export function createHelpCommand(entries: readonly CommandEntry[]): Command {
  return {
    name: "help",
    description: "Prints all commands, or the flags of one with an example.",
    synopsis: "help [COMMAND]",
    flags: {},
    words: [entries.map(({ name }) => name)],
    example: "  vm-dhcp help standalone",
    permissions: [],
    async run({ args, env, print }) {
      const { words: [name, ...more] } = parseArguments({}, args, env);
      if (more.length > 0) throw new UsageError(`unexpected argument "${more[0]}"`);
      if (name === undefined) return print(describeCommands(entries));
      const entry = entries.find((each) => each.name === name);
      if (entry === undefined) throw new UsageError(unknownCommand(name, entries));
      print(describeCommand(await entry.load()));
    },
  };
}
