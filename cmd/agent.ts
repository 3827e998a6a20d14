/** `vm-dhcp agent` */

import { formatNamespacedName } from "../lib/api/meta.ts";
import { createKubeClient, formatUserAgent } from "../lib/kube/client/rest_client.ts";
import { OBJECT_LIMITS } from "../lib/kube/client/answer_limits.ts";
import type { Agent } from "../lib/agent/agent.ts";
import type { AgentStatus } from "../lib/reconcile/agent_status.ts";
import type { Endpoints } from "../lib/endpoints/http_endpoints.ts";
import type { HttpListener } from "../lib/http/listener.ts";
import { leasesOf, unknownOf } from "./compose/dumps.ts";
import { measureEventLoopDelay } from "../lib/endpoints/event_loop_delay.ts";
import { createNameResolver } from "../lib/sys/host/name_resolver.ts";
import { createDryNetwork } from "../lib/sys/host/dry_network.ts";
import type { PermissionName } from "../lib/sys/host/permissions.ts";
import { createNetwork } from "../lib/sys/host/network.ts";
import { createPoolAgent, requirePacketSockets } from "./compose/agent_parts.ts";
import { VERSION } from "./cli/build.ts";
import { addressInPod, listenInPod, whyNotInPod } from "./compose/agent/pod_listener.ts";
import { REPORT_FLAGS, type ReportPlace, reportPlaceOf } from "./compose/agent/report_flags.ts";
import type { ReportPort } from "./compose/agent/report_port.ts";
import { loadAccess } from "./compose/cluster.ts";
import type { Command } from "./cli/command.ts";
import {
  CLUSTER_FLAGS,
  httpFlags,
  logLeasesFlag,
  logSettingsOf,
  nameFlag,
  packetLogFlags,
} from "./cli/common_flags.ts";
import {
  parseDuration,
  parseInterfaceName,
  parseNamespacedName,
  parseText,
} from "./cli/flag_values.ts";
import { type Environment, type FlagTable, type FlagValues, parseFlags } from "./cli/flags.ts";
import { requireInterface } from "./compose/interface_wait.ts";
import { keepForCluster } from "./compose/permissions.ts";
import { OptionalParts } from "./compose/optional_parts.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";

const HTTP_FLAGS = httpFlags(":8080", ["/leases", "/unknown"]);

const FLAGS = {
  ippool: {
    kind: "value",
    placeholder: "NAMESPACE/NAME",
    help: "The IPPool whose clients are served.",
    required: true,
    alias: "ippool-ref",
    env: ["IPPOOL_REF"],
    parse: parseNamespacedName,
  },
  nic: {
    kind: "value",
    placeholder: "IFACE",
    help: "Interface on the VM network.",
    default: "eth1",
    parse: parseInterfaceName,
  },
  wait: {
    kind: "value",
    placeholder: "DURATION",
    help:
      "Exit with status 1 when the interface is not served within this time, such as 30s, or not " +
      "at the start with 0. By default the agent waits, and /readyz says what for.",
    parse: parseDuration,
  },
  snapshot: {
    kind: "value",
    placeholder: "FILE",
    help:
      "Keep a copy of the pool in this file, and serve it when the API server does not answer " +
      "within a second of the start. The folder has to exist.",
    parse: parseText,
  },
  "dry-run": {
    kind: "switch",
    help:
      "Follow the pool, and log how each packet would be answered, but send nothing. Without the " +
      "interface or CAP_NET_RAW, only follow the pool.",
  },
  ...CLUSTER_FLAGS,
  name: nameFlag("VM_DHCP_AGENT_NAME"),
  ...HTTP_FLAGS,
  http: {
    ...HTTP_FLAGS.http,
    help: `${HTTP_FLAGS.http.help} The agent listens only on the interface that owns the address ` +
      "and on 127.0.0.1, so VMs reach none of this. Without an address, it listens on the one in " +
      "the variable POD_IP, or on all when that is not set.",
  },
  ...REPORT_FLAGS,
  "log-leases": logLeasesFlag("VM_DHCP_AGENT"),
  ...packetLogFlags("VM_DHCP_AGENT"),
} as const satisfies FlagTable;

export const agentCommand: Command = {
  name: "agent",
  description:
    "Answers DHCP on one interface from the bindings of one IPPool. While the API server is away, it\n" +
    "continues with the last state that it saw. Needs CAP_NET_RAW, but no address on the interface:\n" +
    "it answers ARP for the serverIP of the pool itself.",
  synopsis: "agent --ippool NAMESPACE/NAME [flags]",
  flags: FLAGS,
  example: "  vm-dhcp agent --ippool default/ippool-1 --nic eth1",
  permissions: ["env", "ffi", "net", "read", "run", "sys", "write"],
  async run({ args, env, signal }) {
    const options = parseFlags(FLAGS, args, env);
    const reportPlace = reportPlaceOf(options, env);
    const parts = createProcessParts(
      logSettingsOf({ ...options, debug: logsPackets(options) }),
      options.name,
    );
    const { agent, client } = await createAgent(options, env, parts);
    const poolKey = formatNamespacedName(options.ippool);
    const address = addressInPod(options.http, env);
    const reason = whyNotInPod(options.http, env);
    if (reason !== undefined) {
      parts.log.log("warn", "HTTP is served on all addresses, where VMs may reach it", { reason });
    }
    const stop = new AbortController();
    const running = AbortSignal.any([signal, stop.signal]);
    // The pool is on its way while the endpoints are loaded: clients wait for it, nobody for these.
    const served = agent.run(running);
    agent.whenGone().then(() => {
      parts.log.log("info", "ippool was deleted; the agent ends", { ippool: poolKey });
      stop.abort();
    });
    const optional = new OptionalParts(parts, running);
    let http: HttpListener | undefined;
    let reporting: Promise<void> | undefined;
    try {
      const report = await createReport(reportPlace, agent, poolKey, parts);
      reporting = report?.run(running);
      const endpoints = endpointsOf(agent, optional, poolKey, report);
      http = serveEndpoints({ ...options, http: address }, parts, endpoints, listenInPod);
      optional.observe("http", http);
      parts.log.log("info", "agent started", {
        ippool: poolKey,
        interface: options.nic,
        dryRun: options["dry-run"],
        http: `http://${address.hostname}:${http.port}`,
      });
      if (options.wait !== undefined) {
        await requireInterface({ ...parts, agent, waitMs: options.wait, signal });
      }
      await Promise.all([served, measureEventLoopDelay("vmdhcpagent", parts, running)]);
    } finally {
      stop.abort();
      await served;
      await reporting;
      await http?.close();
      client.close();
    }
  },
};

/** A dry run is there to show what would be answered. */
function logsPackets(options: FlagValues<typeof FLAGS>): boolean {
  return logSettingsOf(options).level === "debug" || options["dry-run"];
}

/** Makes the agent and its way to the API server; gives up the permissions that they do not need. */
async function createAgent(
  options: FlagValues<typeof FLAGS>,
  env: Environment,
  parts: ProcessParts,
) {
  const host = createNetwork();
  const network = options["dry-run"] ? createDryNetwork(host, options.nic) : host;
  requirePacketSockets(network);
  const access = await loadAccess(options, env);
  const writes: readonly PermissionName[] = options.snapshot === undefined ? [] : ["write"];
  keepForCluster(access, parts, ["env", "ffi", "net", "read", "sys", ...writes]);
  const client = createKubeClient(access, {
    ...parts,
    userAgent: formatUserAgent(VERSION, "agent"),
    // It asks for one pool.
    listLimits: OBJECT_LIMITS,
  });
  const agent = createPoolAgent({
    client,
    pool: options.ippool,
    interfaceName: options.nic,
    snapshot: options.snapshot,
    network,
    resolver: createNameResolver(),
    logPackets: logsPackets(options),
    logLeases: options["log-leases"],
    onStatusChange: () => {},
  }, parts);
  return { agent, client };
}

/** Loads what serves the report only where it is served. */
async function createReport(
  place: ReportPlace | undefined,
  agent: Agent,
  poolKey: string,
  parts: ProcessParts,
): Promise<ReportPort | undefined> {
  if (place === undefined) return undefined;
  const { ReportPort } = await import("./compose/agent/report_port.ts");
  return new ReportPort(place, { agent, poolKey }, parts);
}

function endpointsOf(
  agent: Agent,
  optional: OptionalParts,
  poolKey: string,
  report: ReportPort | undefined,
): Endpoints {
  return {
    unready: () => [
      ...agent.status.ready ? [] : [agent.status.message],
      ...optional.unready(),
    ],
    readyChecks: () => [
      { name: "pool", problem: problemOf(agent.poolStatus) },
      { name: "interface", problem: problemOf(agent.interfaceStatus) },
      ...optional.checks(),
    ],
    healthChecks: () => [{ name: "packet-loop", problem: agent.fault }],
    notes: () => [...agent.notes(), ...report?.notes() ?? []],
    pools: () => [poolKey],
    leases: (pool = poolKey, isVerbose) => {
      if (pool !== poolKey) return undefined;
      const { table, wire } = agent;
      return leasesOf(new Map(table && [[poolKey, { table, wire }]]), undefined, isVerbose);
    },
    unknown: (pool = poolKey) => {
      const { table, wire } = agent;
      return unknownOf(new Map(table && [[poolKey, { table, wire }]]), pool);
    },
  };
}

function problemOf({ ready, message }: AgentStatus): string | undefined {
  return ready ? undefined : message;
}
