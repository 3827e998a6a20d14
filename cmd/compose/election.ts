/** The election of the controller that works: its flags, and the parts that it needs. */

import type { NamespacedName } from "../../lib/api/meta.ts";
import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import { LeaderElector } from "../../lib/kube/election/leader_election.ts";
import {
  type ElectionTimings,
  findTimingProblem,
} from "../../lib/kube/election/leader_election_rules.ts";
import { createKubeClient, formatUserAgent } from "../../lib/kube/client/rest_client.ts";
import { LeadershipLostError, runAsLeader } from "../../lib/kube/election/run_as_leader.ts";
import { createBootTimeClock } from "../../lib/sys/host/clock.ts";
import { VERSION } from "../cli/build.ts";
import { CommandError } from "../cli/command.ts";
import { createRecorder } from "./informers.ts";
import { parseDuration, parseNamespace, parseObjectName } from "../cli/flag_values.ts";
import { type FlagTable, type FlagValues, UsageError } from "../cli/flags.ts";
import type { ProcessParts } from "./process_parts.ts";

/** The file in which Kubernetes tells a pod its namespace. */
const POD_NAMESPACE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

/** The namespace outside of pods. Controllers of the Go version always keep their Lease there. */
const DEFAULT_NAMESPACE = "kube-system";

export const ELECTION_FLAGS = {
  "no-leader-election": {
    kind: "switch",
    help: "Work without a Lease. Use this only where no other controller can run, not even " +
      "during an update.",
  },
  "leader-elect-lease-duration": {
    kind: "value",
    placeholder: "DURATION",
    help: "How long after its last renewal a dead leader is replaced.",
    default: "15s",
    env: ["CATTLE_ELECTION_LEASE_DURATION"],
    parse: parseDuration,
  },
  "leader-elect-renew-deadline": {
    kind: "value",
    placeholder: "DURATION",
    help: "A leader that cannot renew its Lease for this long stops writing and exits with " +
      "status 1. Must be shorter than the lease duration.",
    default: "10s",
    env: ["CATTLE_ELECTION_RENEW_DEADLINE"],
    parse: parseDuration,
  },
  "leader-elect-retry-period": {
    kind: "value",
    placeholder: "DURATION",
    help: "Time between two attempts to get or renew the Lease.",
    default: "2s",
    env: ["CATTLE_ELECTION_RETRY_PERIOD"],
    parse: parseDuration,
  },
  "leader-elect-resource-name": {
    kind: "value",
    placeholder: "NAME",
    help: "Name of the Lease, the same for all controllers of a cluster.",
    default: "vm-dhcp-controllers",
    parse: parseObjectName,
  },
  "leader-elect-resource-namespace": {
    kind: "value",
    placeholder: "NAMESPACE",
    help: "Namespace of the Lease, the same for all controllers of a cluster. By default the " +
      `namespace of the pod, or ${DEFAULT_NAMESPACE} outside of pods.`,
    parse: parseNamespace,
  },
} as const satisfies FlagTable;

/** A candidate of this process. */
export interface Election {
  /** Whether this process leads now. Ask right before each write. */
  mayWrite(): boolean;
  /** A sentence that names the leader; `undefined` when this process leads. */
  standby(): string | undefined;
  /**
   * Works while this process leads; see {@link runAsLeader}.
   *
   * @throws {CommandError} when the lease is lost.
   */
  run(work: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<void>;
}

/**
 * Makes a candidate; nothing is sent yet.
 *
 * @returns `undefined` with `--no-leader-election`.
 * @throws {UsageError} for timings that cannot work.
 */
export async function createElection(
  options: FlagValues<typeof ELECTION_FLAGS>,
  access: ClusterAccess,
  parts: ProcessParts,
): Promise<Election | undefined> {
  const timings = timingsOf(options);
  if (options["no-leader-election"]) return undefined;
  const userAgent = formatUserAgent(VERSION, "leader-election");
  const client = createKubeClient(access, { ...parts, userAgent });
  const recorder = createRecorder(client, parts);
  const elector = new LeaderElector({
    ...parts,
    client,
    recorder,
    timings,
    lease: await leaseNameOf(options),
    identity: `${Deno.hostname()}_${crypto.randomUUID()}`,
    clock: createBootTimeClock(),
  });
  return {
    mayWrite: () => elector.mayWrite(),
    standby: () => elector.mayWrite() ? undefined : `standing by, ${leaderOf(elector)}`,
    run: async (work, signal) => {
      try {
        await runAsLeader(elector, work, signal);
      } catch (error) {
        if (error instanceof LeadershipLostError) throw new CommandError(error.message);
        throw error;
      } finally {
        await recorder.close();
        client.close();
      }
    },
  };
}

function timingsOf(options: FlagValues<typeof ELECTION_FLAGS>): ElectionTimings {
  const timings = {
    leaseMs: options["leader-elect-lease-duration"],
    renewDeadlineMs: options["leader-elect-renew-deadline"],
    retryMs: options["leader-elect-retry-period"],
  };
  const problem = findTimingProblem(timings);
  if (problem !== undefined) throw new UsageError(`leader election: ${problem}`);
  return timings;
}

async function leaseNameOf(options: FlagValues<typeof ELECTION_FLAGS>): Promise<NamespacedName> {
  const name = options["leader-elect-resource-name"];
  const given = options["leader-elect-resource-namespace"];
  return { namespace: given ?? await readPodNamespace() ?? DEFAULT_NAMESPACE, name };
}

async function readPodNamespace(): Promise<string | undefined> {
  try {
    return (await Deno.readTextFile(POD_NAMESPACE)).trim();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function leaderOf({ holder }: LeaderElector): string {
  return holder === "" ? "nobody leads" : `${holder} leads`;
}
