/** `vm-dhcp status` */

import { statusOf, statusText } from "../lib/explain/status.ts";
import type { Command } from "./cli/command.ts";
import { parseFlags } from "./cli/flags.ts";
import { answer, SESSION_FLAGS } from "./compose/explain/session.ts";
import { readInstallation } from "./compose/explain/world.ts";

export const statusCommand: Command = {
  name: "status",
  description:
    "Shows controllers and which of them leads, a line for each pool, and the webhooks. The verdict comes\n" +
    "first. It reads with your own rights and changes nothing. Status 0: all is well; 1: it is not; 3: it\n" +
    "could not be decided.",
  synopsis: "status [flags]",
  flags: SESSION_FLAGS,
  example: "  vm-dhcp status\n  kubectl vmdhcp status -o json   # linked as kubectl-vmdhcp on PATH",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    const options = parseFlags(SESSION_FLAGS, invocation.args, invocation.env);
    return await answer(
      {
        command: "status",
        show: statusText,
        explain: async (source) => statusOf(await readInstallation(source, invocation.signal)),
      },
      options,
      invocation,
    );
  },
};
