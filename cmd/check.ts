/** `vm-dhcp check` */

import type { Command, Invocation } from "./cli/command.ts";
import { type FlagTable, type FlagValues, parseFlags, UsageError } from "./cli/flags.ts";
import { checkInstallation, INSTALLATION_FLAGS } from "./compose/check/installation.ts";
import { checkManifestFiles, MANIFESTS_FLAGS } from "./compose/check/manifests.ts";

const FLAGS = {
  ...INSTALLATION_FLAGS,
  ...MANIFESTS_FLAGS,
} as const satisfies FlagTable;

export const checkCommand: Command = {
  name: "check",
  description:
    "Asks a controller whether it is ready, and the API server whether it takes an IPPool with fields\n" +
    "of this version or, with --webhook, whether it has the webhook judge one and fill it in. Nothing\n" +
    "is made: the requests are dry runs. What fails is tried again for half a minute; then the command\n" +
    "says what is wrong and ends with status 1.\n" +
    "With --manifests it checks files instead, and needs neither a cluster nor root.",
  synopsis: "check [flags]",
  flags: FLAGS,
  example: "  vm-dhcp check --controller localhost:8080 --namespace default\n" +
    "  vm-dhcp check --manifests /etc/vm-dhcp",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    await chosen(parseFlags(FLAGS, invocation.args, invocation.env), invocation);
  },
};

/** Flags of the mode that is not an installation, and of those that are for one only. */
const OF_INSTALLATION = Object.keys(INSTALLATION_FLAGS) as (keyof typeof INSTALLATION_FLAGS)[];

async function chosen(
  options: FlagValues<typeof FLAGS>,
  invocation: Invocation,
): Promise<void> {
  if (options.manifests.length === 0) return await checkInstallation(options, invocation);
  // The environment may name a context for all commands.
  const stray = OF_INSTALLATION.find((name) =>
    options[name] !== undefined && invocation.args.some((arg) => arg.startsWith(`--${name}`))
  );
  if (stray !== undefined) {
    throw new UsageError(`flag --${stray} is about an installation, and --manifests about files`);
  }
  await checkManifestFiles(options.manifests, invocation);
}
