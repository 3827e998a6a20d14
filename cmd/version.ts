/** `vm-dhcp version` */

import { buildOf, thisBuild } from "./cli/build.ts";
import type { Command } from "./cli/command.ts";
import { OUTPUT_FLAG } from "./cli/common_flags.ts";
import { type FlagTable, parseFlags } from "./cli/flags.ts";

const FLAGS = { output: OUTPUT_FLAG } as const satisfies FlagTable;

export const versionCommand: Command = {
  name: "version",
  description:
    "Prints the version, the commit that the executable was built from, and the runtime.",
  synopsis: "version [flags]",
  flags: FLAGS,
  example: "  vm-dhcp version -o json",
  permissions: [],
  run({ args, env, print }) {
    const { output } = parseFlags(FLAGS, args, env);
    print(output === "json" ? JSON.stringify(thisBuild(), null, 2) : buildOf());
  },
};
