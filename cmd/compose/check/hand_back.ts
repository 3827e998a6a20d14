/** `vm-dhcp check --hand-back`: what is in the way of the Go program, before it takes a cluster back. */

import type { CachedKind, Observed } from "../../../lib/api/meta.ts";
import { listAll } from "../../../lib/kube/cache/lister.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import { handBackScript } from "../../../lib/reconcile/hand_back/script.ts";
import { IPPOOL_KIND, VMNETCFG_KIND } from "../../../lib/reconcile/kinds.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { CLUSTER_FLAGS } from "../../cli/common_flags.ts";
import type { FlagTable, FlagValues } from "../../cli/flags.ts";
import { connectBriefly } from "../brief_connection.ts";
import { APPLY_DEFINITIONS } from "../definitions.ts";
import { whyNot } from "../explain/reading.ts";

/** Flags of this way to check. */
export const HAND_BACK_FLAGS = {
  "hand-back": {
    kind: "switch",
    help: "Look for what is in the way of the Go program, which is to take the cluster back, and " +
      "print the commands that convert it. Nothing is changed. The text is a shell script.",
  },
} as const satisfies FlagTable;

/**
 * Prints what is in the way as comments, each with the commands that convert it below.
 *
 * @returns The exit status: 1 when something is in the way.
 */
export async function checkHandBack(
  options: FlagValues<typeof CLUSTER_FLAGS>,
  { env, signal, print }: Invocation,
): Promise<number> {
  const brief = { command: "check", level: "warn" } as const;
  const { client, server } = await connectBriefly(brief, options, env);
  const source = { client, server };
  try {
    const world = {
      ippools: await readAll(source, IPPOOL_KIND, signal),
      vmnetcfgs: await readAll(source, VMNETCFG_KIND, signal),
      applyDefinitions: APPLY_DEFINITIONS,
    };
    const { lines, isClear } = handBackScript(world);
    for (const line of lines) print(line);
    return isClear ? 0 : 1;
  } finally {
    client.close();
  }
}

/** All objects of a kind. @throws {CommandError} when they cannot be read. */
async function readAll<T>(
  { client, server }: { readonly client: KubeClient; readonly server: string },
  { type, parse }: CachedKind<T>,
  signal: AbortSignal,
): Promise<readonly Observed<T>[]> {
  try {
    const { objects } = await listAll({ client, type }, "", signal);
    return objects.map((object) => ({ object, parsed: parse(object) }));
  } catch (error) {
    if (isStatus(error, 404)) return [];
    const attempt = { verb: "list", type, namespace: undefined, server };
    throw new CommandError(whyNot(error, attempt), { cause: error });
  }
}
