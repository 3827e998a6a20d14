/** `vm-dhcp webhook` */

import { type Command, CommandError } from "./cli/command.ts";

export const webhookCommand: Command = {
  name: "webhook",
  description:
    "Validates IPPool and VirtualMachineNetworkConfig objects at admission. Not available in this\n" +
    "version: the schemas of the CRDs refuse what they can express, and the controller reports other\n" +
    "mistakes in conditions and Events.",
  synopsis: "webhook",
  flags: {},
  example: "  vm-dhcp webhook",
  permissions: [],
  // Whatever the flags: one that is not understood is not what is wrong.
  run() {
    return Promise.reject(new CommandError("there is no webhook in this version"));
  },
};
