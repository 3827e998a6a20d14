/** `vm-dhcp version` */

import { buildOf } from "./cli/build.ts";
import type { Command } from "./cli/command.ts";
import { parseFlags } from "./cli/flags.ts";

export const versionCommand: Command = {
  name: "version",
  description:
    "Prints the version, the commit that the executable was built from, and the runtime.",
  synopsis: "version",
  flags: {},
  example: "  vm-dhcp version",
  permissions: [],
  run({ args, env, print }) {
    parseFlags({}, args, env);
    print(buildOf());
  },
};
