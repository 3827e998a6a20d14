/** `vm-dhcp check` */

import type { Command } from "./cli/command.ts";
import { type FlagTable, parseFlags } from "./cli/flags.ts";
import { checkInstallation, INSTALLATION_FLAGS } from "./compose/check/installation.ts";

const FLAGS = {
  ...INSTALLATION_FLAGS,
} as const satisfies FlagTable;

export const checkCommand: Command = {
  name: "check",
  description:
    "Asks a controller whether it is ready, and the API server whether it takes an IPPool with fields\n" +
    "of this version or, with --webhook, whether it has the webhook judge one and fill it in. Nothing\n" +
    "is made: the requests are dry runs. What fails is tried again for half a minute; then the command\n" +
    "says what is wrong and ends with status 1.",
  synopsis: "check [flags]",
  flags: FLAGS,
  example: "  vm-dhcp check --controller localhost:8080 --namespace default",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    const options = parseFlags(FLAGS, invocation.args, invocation.env);
    await checkInstallation(options, invocation);
  },
};
