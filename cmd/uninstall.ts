/** `vm-dhcp uninstall` */

import { messageOf } from "../lib/base/errors.ts";
import { endController, removeAgents, removeFinalizers } from "../lib/controller/uninstall.ts";
import { LEASES } from "../lib/api/resources.ts";
import { isStatus, type KubeClient } from "../lib/kube/contract.ts";
import { readPodNamespace } from "../lib/kube/access/load_cluster_access.ts";
import { createKubeClient, formatUserAgent } from "../lib/kube/client/rest_client.ts";
import { VERSION } from "./cli/build.ts";
import { type Command, CommandError } from "./cli/command.ts";
import { CLUSTER_FLAGS, logFlags, logSettingsOf } from "./cli/common_flags.ts";
import { parseNamespace, parseObjectName } from "./cli/flag_values.ts";
import { type FlagTable, type FlagValues, parseFlags } from "./cli/flags.ts";
import { answerOf } from "./compose/check/question.ts";
import { describeServer, loadAccess } from "./compose/cluster.ts";
import { createElection, ELECTION_FLAGS } from "./compose/election.ts";
import { keepForCluster } from "./compose/permissions.ts";
import { whyNot } from "./compose/explain/reading.ts";
import { createProcessParts, type ProcessParts } from "./compose/process_parts.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  namespace: {
    kind: "value",
    placeholder: "NAMESPACE",
    help:
      "Namespace of the controller and of its agents. By default that of this pod; outside of " +
      "a pod that of the kubeconfig's context, or else default.",
    parse: parseNamespace,
  },
  deployment: {
    kind: "value",
    placeholder: "NAME",
    help: "Deployment of the controller, which is deleted first. Without it, end the controller " +
      "yourself.",
    parse: parseObjectName,
  },
  "no-agent": {
    kind: "switch",
    help: "Leave agents alone, as a controller with this flag does.",
  },
  ...ELECTION_FLAGS,
  ...logFlags(),
} as const satisfies FlagTable;

export const uninstallCommand: Command = {
  name: "uninstall",
  description:
    "Takes back what a controller has made: ends it, ends the agents of all pools and deletes what\n" +
    "belongs to them, and takes its finalizers from IPPools and VirtualMachineNetworkConfigs, which\n" +
    "could not be deleted otherwise. These objects and their definitions stay, so that a controller\n" +
    "that is installed later gives every VM the address that it had. The chart runs it before a\n" +
    "release is uninstalled.",
  synopsis: "uninstall [flags]",
  flags: FLAGS,
  example: "  vm-dhcp uninstall --namespace harvester-system " +
    "--deployment harvester-vm-dhcp-controller",
  permissions: ["env", "ffi", "net", "read", "run", "sys", "write"],
  async run({ args, env, signal }) {
    const options = parseFlags(FLAGS, args, env);
    const parts = createProcessParts(logSettingsOf(options));
    const access = await loadAccess(options, env);
    const election = createElection(options, { access, env }, parts);
    const namespace = options.namespace ?? await readPodNamespace() ?? access.namespace ??
      "default";
    const server = describeServer(access, options, env);
    keepForCluster(access, parts, ["env", "net", "read", "sys"]);
    const client = createKubeClient(access, {
      ...parts,
      userAgent: formatUserAgent(VERSION, "uninstall"),
    });
    let isDone = false;
    const takeBack = async (leading: AbortSignal) => {
      const uninstalling = { client, log: parts.log, signal: leading };
      if (!options["no-agent"]) await removeAgents(uninstalling, namespace);
      await removeFinalizers(uninstalling);
      isDone = true;
    };
    try {
      const name = options.deployment;
      if (name !== undefined) {
        await endController({ ...parts, client, signal }, { namespace, name });
      }
      if (election !== undefined) await requireLease(options, { client, server, signal }, parts);
      await (election === undefined ? takeBack(signal) : election.run(takeBack, signal));
    } catch (error) {
      if (error instanceof CommandError) throw error;
      // Requests fail because the process is to end, which is told below.
      if (!signal.aborted) {
        const reason = messageOf(error);
        throw new CommandError(`not everything could be taken back: ${reason}`, { cause: error });
      }
    } finally {
      client.close();
    }
    // A Job whose node is drained meanwhile has not succeeded.
    if (!isDone) throw new CommandError("was ended before everything was taken back; run it again");
  },
};

/**
 * Looks at the Lease for half a minute at most: a candidate would wait for an API server and for rights as
 * long as it takes.
 *
 * @throws {CommandError} when the Lease cannot be read.
 */
async function requireLease(
  options: FlagValues<typeof ELECTION_FLAGS>,
  { client, server, signal }: {
    readonly client: KubeClient;
    readonly server: string;
    readonly signal: AbortSignal;
  },
  { clock }: ProcessParts,
): Promise<void> {
  const namespace = options["leader-elect-resource-namespace"];
  const name = options["leader-elect-resource-name"];
  const ask = async () => {
    try {
      await client.get(LEASES, { namespace, name }, signal);
      return undefined;
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      return whyNot(error, { verb: "get", type: LEASES, namespace, server });
    }
  };
  const problem = await answerOf({ ask }, clock, signal);
  if (problem !== undefined && !signal.aborted) throw new CommandError(problem);
}
