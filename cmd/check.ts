/** `vm-dhcp check` */

import type { Command, Invocation } from "./cli/command.ts";
import { CLUSTER_FLAGS } from "./cli/common_flags.ts";
import { type FlagTable, type FlagValues, parseFlags, UsageError } from "./cli/flags.ts";
import { checkHandBack, HAND_BACK_FLAGS } from "./compose/check/hand_back.ts";
import { checkInstallation, INSTALLATION_FLAGS } from "./compose/check/installation.ts";
import { checkManifestFiles, MANIFESTS_FLAGS } from "./compose/check/manifests.ts";

const FLAGS = {
  ...INSTALLATION_FLAGS,
  ...MANIFESTS_FLAGS,
  ...HAND_BACK_FLAGS,
} as const satisfies FlagTable;

export const checkCommand: Command = {
  name: "check",
  description:
    "Asks a controller whether it is ready, and the API server whether it takes an IPPool with fields\n" +
    "of this version or, with --webhook, whether it has the webhook judge one and fill it in. Nothing\n" +
    "is made: the requests are dry runs. What fails is tried again for half a minute; then the command\n" +
    "says what is wrong and ends with status 1.\n" +
    "With --manifests it checks files instead, and needs neither a cluster nor root. With --hand-back it\n" +
    "says what is in the way of the Go program, and ends with status 1 when something is.",
  synopsis: "check [flags]",
  flags: FLAGS,
  example: "  vm-dhcp check --controller localhost:8080 --namespace default\n" +
    "  vm-dhcp check --manifests /etc/vm-dhcp\n" +
    "  vm-dhcp check --hand-back > convert.sh",
  permissions: ["env", "net", "read", "run", "sys", "write"],
  async run(invocation) {
    return await chosen(parseFlags(FLAGS, invocation.args, invocation.env), invocation);
  },
};

/** Flags of the mode that is not an installation, and of those that are for one only. */
const OF_INSTALLATION = Object.keys(INSTALLATION_FLAGS) as (keyof typeof INSTALLATION_FLAGS)[];

async function chosen(
  options: FlagValues<typeof FLAGS>,
  invocation: Invocation,
): Promise<number> {
  const isOfFiles = options.manifests.length > 0;
  const isHandBack = options["hand-back"];
  const strays = OF_INSTALLATION.filter((name) =>
    // The environment may name a context for all commands.
    options[name] !== undefined && invocation.args.some((arg) => arg.startsWith(`--${name}`))
  );
  if (isOfFiles) {
    const stray = isHandBack ? "hand-back" : strays[0];
    if (stray !== undefined) {
      throw new UsageError(`flag --${stray} is about an installation, and --manifests about files`);
    }
    await checkManifestFiles(options.manifests, invocation);
    return 0;
  }
  if (isHandBack) {
    const stray = strays.find((name) => !Object.hasOwn(CLUSTER_FLAGS, name));
    if (stray !== undefined) {
      throw new UsageError(`flag --${stray} has no effect with --hand-back`);
    }
    return await checkHandBack(options, invocation);
  }
  await checkInstallation(options, invocation);
  return 0;
}
