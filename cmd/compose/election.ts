/** The election of the controller that works: its flags, and the parts that it needs. */

import { formatNamespacedName, type NamespacedName } from "../../lib/api/meta.ts";
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
import { type Environment, type FlagTable, type FlagValues, UsageError } from "../cli/flags.ts";
import type { ProcessParts } from "./process_parts.ts";

/** Those of the Go version: the timings of all controllers that share a Lease have to agree. */
const DEFAULT_TIMINGS: ElectionTimings = {
  leaseMs: 45_000,
  renewDeadlineMs: 30_000,
  retryMs: 2000,
};

/** While a debugger holds a leader, nobody is to take over. */
const DEVELOPMENT_TIMINGS: ElectionTimings = {
  ...DEFAULT_TIMINGS,
  leaseMs: 45 * 3_600_000,
  renewDeadlineMs: 30 * 3_600_000,
};

export const ELECTION_FLAGS = {
  "no-leader-election": {
    kind: "switch",
    help: "Work without a Lease. Use this only where no other controller can run, not even " +
      "during an update.",
  },
  "leader-elect-lease-duration": {
    kind: "value",
    placeholder: "DURATION",
    help:
      "How long after its last renewal a dead leader is replaced. By default 45s, or 45h where " +
      "the variable CATTLE_DEV_MODE is set, so that a debugger may stop a leader; one and a half " +
      "times the renew deadline where that is not shorter.",
    env: ["CATTLE_ELECTION_LEASE_DURATION"],
    parse: parseDuration,
  },
  "leader-elect-renew-deadline": {
    kind: "value",
    placeholder: "DURATION",
    help: "A leader that cannot renew its Lease for this long stops writing and exits with " +
      "status 1. Must be shorter than the lease duration. By default 30s, or 30h where " +
      "CATTLE_DEV_MODE is set.",
    env: ["CATTLE_ELECTION_RENEW_DEADLINE"],
    parse: parseDuration,
  },
  "leader-elect-retry-period": {
    kind: "value",
    placeholder: "DURATION",
    help: "Time between two attempts to get or renew the Lease. By default 2s.",
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
    help: "Namespace of the Lease, the same for all controllers of a cluster.",
    default: "kube-system",
    parse: parseNamespace,
  },
} as const satisfies FlagTable;

/** A candidate of this process. */
export interface Election {
  /** Whether this process leads now. Ask right before each write. */
  mayWrite(): boolean;
  /** A sentence that names the leader; `undefined` when this process leads. */
  standby(): string | undefined;
  /** A sentence that says why this process can never lead; empty when it can. */
  unready(): readonly string[];
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
export function createElection(
  options: FlagValues<typeof ELECTION_FLAGS>,
  { access, env }: { readonly access: ClusterAccess; readonly env: Environment },
  parts: ProcessParts,
): Election | undefined {
  const timings = timingsOf(options, env);
  if (options["no-leader-election"]) return undefined;
  const userAgent = formatUserAgent(VERSION, "leader-election");
  const client = createKubeClient(access, { ...parts, userAgent });
  const recorder = createRecorder(client, parts);
  const lease = {
    namespace: options["leader-elect-resource-namespace"],
    name: options["leader-elect-resource-name"],
  };
  const elector = new LeaderElector({
    ...parts,
    client,
    recorder,
    timings,
    lease,
    identity: `${Deno.hostname()}_${crypto.randomUUID()}`,
    clock: createBootTimeClock(),
  });
  return {
    mayWrite: () => elector.mayWrite(),
    standby: () => elector.mayWrite() ? undefined : `standing by, ${leaderOf(elector)}`,
    unready: () => elector.refusal === undefined ? [] : [refusedSentence(lease, elector.refusal)],
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

/**
 * The timings of the flags and their variables, and those of the Go version where these say nothing.
 *
 * @throws {UsageError} for timings that cannot work.
 */
export function timingsOf(
  options: FlagValues<typeof ELECTION_FLAGS>,
  env: Environment,
): ElectionTimings {
  const isDevelopment = (env.CATTLE_DEV_MODE ?? "") !== "";
  const defaults = isDevelopment ? DEVELOPMENT_TIMINGS : DEFAULT_TIMINGS;
  const renewDeadlineMs = options["leader-elect-renew-deadline"] ?? defaults.renewDeadlineMs;
  const timings = {
    leaseMs: options["leader-elect-lease-duration"] ?? leaseFor(renewDeadlineMs, defaults),
    renewDeadlineMs,
    retryMs: options["leader-elect-retry-period"] ?? defaults.retryMs,
  };
  const problem = findTimingProblem(timings);
  if (problem !== undefined) throw new UsageError(`leader election: ${problem}`);
  return timings;
}

/** The default, or longer where that is no longer than the deadline, by the ratio that both have. */
function leaseFor(renewDeadlineMs: number, defaults: ElectionTimings): number {
  return renewDeadlineMs < defaults.leaseMs
    ? defaults.leaseMs
    : Math.ceil(renewDeadlineMs / defaults.renewDeadlineMs * defaults.leaseMs / 1000) * 1000;
}

function refusedSentence(lease: NamespacedName, refusal: string): string {
  return `the Lease ${formatNamespacedName(lease)} may not be read and written: ${refusal}`;
}

function leaderOf({ holder }: LeaderElector): string {
  return holder === "" ? "nobody leads" : `${holder} leads`;
}
