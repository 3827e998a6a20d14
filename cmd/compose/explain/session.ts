/** What `explain` and `status` have in common: where they read, and how they answer. */

import { terminalText } from "../../../lib/base/terminal_text.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { formatUserAgent } from "../../../lib/kube/client/rest_client.ts";
import { PodClient } from "../../../lib/kube/client/pod_client.ts";
import { createPrometheusRegistry } from "../../../lib/endpoints/prometheus_registry.ts";
import { EXIT_STATUS, type Explanation } from "../../../lib/explain/explanation.ts";
import type { Logger } from "../../../lib/observe/logger.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { STDERR } from "../../../lib/sys/host/output.ts";
import { VERSION } from "../../cli/build.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { CLUSTER_FLAGS, OUTPUT_FLAG } from "../../cli/common_flags.ts";
import { parseHostAndPort } from "../../cli/flag_values.ts";
import type { FlagTable, FlagValues } from "../../cli/flags.ts";
import { describeServer, loadAccess } from "../cluster.ts";
import { ELECTION_FLAGS } from "../election.ts";
import { keepForCluster } from "../permissions.ts";
import type { WorldSource } from "./world.ts";

/** Flags of both. */
export const SESSION_FLAGS = {
  kubeconfig: CLUSTER_FLAGS.kubeconfig,
  // As kubectl has it, too: the program is its plugin.
  kubecontext: { ...CLUSTER_FLAGS.kubecontext, alias: "context" },
  http: {
    kind: "value",
    placeholder: "HOST:PORT",
    help: "Where standalone serves its dumps. By default what its kubeconfig says.",
    parse: parseHostAndPort,
  },
  "leader-elect-resource-name": ELECTION_FLAGS["leader-elect-resource-name"],
  "leader-elect-resource-namespace": ELECTION_FLAGS["leader-elect-resource-namespace"],
  output: OUTPUT_FLAG,
} as const satisfies FlagTable;

/** What a command makes of what it reads. */
export interface Session {
  /** Its name. */
  readonly command: string;
  readonly explain: (source: WorldSource, access: ClusterAccess) => Promise<Explanation>;
  readonly show: (explanation: Explanation) => string;
}

/** Reads, prints the answer and gives the exit status for it. */
export async function answer(
  { command, explain, show }: Session,
  options: FlagValues<typeof SESSION_FLAGS>,
  { env, print }: Invocation,
): Promise<number> {
  const clock = createClock();
  const log = warningsOf(command);
  let access: ClusterAccess;
  try {
    access = await loadAccess(options, env);
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    STDERR.write(`vm-dhcp ${command}: ${error.message}`);
    return EXIT_STATUS.unknown;
  }
  keepForCluster(access, { log }, ["env", "net", "read", "sys"]);
  const client = new PodClient(access, {
    ...{ clock, log, random: Math.random, registry: createPrometheusRegistry() },
    userAgent: formatUserAgent(VERSION, command),
  });
  const server = describeServer(access, options, env);
  const leaderLease = {
    namespace: options["leader-elect-resource-namespace"],
    name: options["leader-elect-resource-name"],
  };
  const source = { client, clock, server, leaderLease, dumps: options.http ?? access.dumps };
  try {
    const explanation = await explain(source, access);
    const isJson = options.output === "json";
    // In JSON the escapes mean the same.
    print(isJson ? terminalText(JSON.stringify(explanation, null, 2)) : show(explanation));
    return EXIT_STATUS[explanation.verdict];
  } finally {
    client.close();
  }
}

/** The standard output is for the answer. */
function warningsOf(command: string): Logger {
  const logger: Logger = {
    log(level, msg) {
      if (level === "warn" || level === "error") STDERR.write(`vm-dhcp ${command}: ${msg}`);
    },
    with: () => logger,
  };
  return logger;
}
