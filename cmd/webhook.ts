/** `vm-dhcp webhook` */

import { type Command, CommandError } from "./cli/command.ts";
import { parseFlags } from "./cli/flags.ts";

export const webhookCommand: Command = {
  name: "webhook",
  description:
    "Validates IPPool and VirtualMachineNetworkConfig objects at admission. This version has no\n" +
    "webhook yet: the CRDs themselves refuse what a schema can see, and the controller reports the\n" +
    "rest in conditions and Events.",
  synopsis: "webhook",
  flags: {},
  example: "  vm-dhcp webhook",
  run({ args, env }) {
    parseFlags({}, args, env);
    return Promise.reject(new CommandError("there is no webhook in this version"));
  },
};
