/** `vm-dhcp controller` */

import type { KubeClient } from "../lib/kube/contract.ts";
import { createKubeClient, formatUserAgent } from "../lib/kube/client/rest_client.ts";
import { type Controller, createController } from "../lib/controller/controller.ts";
import { UNOBSERVED_AGENTS } from "../lib/controller/ippool/agent_observer.ts";
import type { AutoIPPoolPolicy } from "../lib/reconcile/auto_ippool/wish.ts";
import type { ClosableEventRecorder } from "../lib/kube/events/event_recorder.ts";
import { IPPOOL_KIND } from "../lib/reconcile/kinds.ts";
import { measureEventLoopDelay } from "../lib/endpoints/event_loop_delay.ts";
import { VERSION } from "./cli/build.ts";
import { loadAccess } from "./compose/cluster.ts";
import type { Command } from "./cli/command.ts";
import {
  CLUSTER_FLAGS,
  httpFlags,
  logFlags,
  logSettingsOf,
  nameFlag,
  NIC_METRICS_FLAG,
  REUSE_GRACE_FLAG,
} from "./cli/common_flags.ts";
import {
  createInformers,
  createRecorder,
  type Informers,
  requireSync,
} from "./compose/informers.ts";
import { AGENT_DEPLOYMENT_FLAGS, agentDeploymentOf } from "./compose/agent_deployment.ts";
import { createAgentReports } from "./compose/reports/agent_reports.ts";
import { ensureDefinitions } from "./compose/definitions.ts";
import { ipamOf, macCacheOf, networksOf } from "./compose/dumps.ts";
import { createElection, ELECTION_FLAGS } from "./compose/election.ts";
import { type FlagTable, parseFlags, UsageError } from "./cli/flags.ts";
import { keepForCluster } from "./compose/permissions.ts";
import { OptionalParts } from "./compose/optional_parts.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";

const FLAGS = {
  ...CLUSTER_FLAGS,
  name: nameFlag("VM_DHCP_CONTROLLER_NAME"),
  "auto-ippool": {
    kind: "value",
    placeholder: "WHICH",
    help: "Which VM networks get an IPPool of their own, made from their route: annotated, those " +
      "with the annotation network.harvesterhci.io/auto-ippool: true, or manual-routes, also all " +
      "whose route was set by hand.",
    default: "annotated",
    parse: parseAutoIPPoolPolicy,
  },
  "address-reuse-grace": REUSE_GRACE_FLAG,
  ...AGENT_DEPLOYMENT_FLAGS,
  ...ELECTION_FLAGS,
  ...httpFlags(":8080", ["/ipams", "/caches"]),
  "no-nic-metrics": NIC_METRICS_FLAG,
  ...logFlags("VM_DHCP_CONTROLLER"),
} as const satisfies FlagTable;

export const controllerCommand: Command = {
  name: "controller",
  description:
    "Assigns an address of an IPPool to each NIC of a VirtualMachineNetworkConfig and records it in\n" +
    "the status of the pool, which is the only record. The CustomResourceDefinitions are made or\n" +
    "brought up to date where that is allowed; elsewhere, apply the output of vm-dhcp crds. Several\n" +
    "controllers may run in a cluster: one holds a Lease and works, the others stand by. A leader\n" +
    "that ends gives the Lease back; one that dies is replaced after the lease duration; one that\n" +
    "cannot read its objects for two minutes exits with status 1.\n" +
    "The leader deploys the agents of each pool, two by default, on nodes that have its VM network.",
  synopsis: "controller [flags]",
  flags: FLAGS,
  example: "  vm-dhcp controller --kubeconfig ~/.kube/config",
  permissions: ["env", "ffi", "net", "read", "run", "sys", "write"],
  async run({ args, env, signal }) {
    const options = parseFlags(FLAGS, args, env);
    const parts = createProcessParts(logSettingsOf(options), options.name);
    const access = await loadAccess(options, env);
    const election = createElection(options, { access, env }, parts);
    const deployment = await agentDeploymentOf(options, access, parts.log);
    // The clock of the election has what it needs of the C library.
    keepForCluster(access, parts, ["env", "net", "read", "sys"]);
    const client = createKubeClient(access, {
      ...parts,
      userAgent: formatUserAgent(VERSION, "controller"),
      ...(election === undefined ? {} : { mayWrite: election.mayWrite }),
    });
    await using cleanUp = new AsyncDisposableStack();
    cleanUp.defer(() => client.close());
    const informers = createInformers(client, parts);
    const recorder = createRecorder(client, parts);
    const agents = deployment === undefined
      ? UNOBSERVED_AGENTS
      : { ...deployment, reports: createAgentReports(client, deployment.settings, parts) };
    const autoIPPools = options["auto-ippool"];
    const controller = createController({
      ...parts,
      client,
      informers,
      recorder,
      agents,
      autoIPPools,
      addressReuseGraceMs: options["address-reuse-grace"],
      withoutNicSeries: options["no-nic-metrics"],
    });
    const ippools = informers.of(IPPOOL_KIND);
    const measured = new AbortController();
    const optional = new OptionalParts(parts, measured.signal);
    cleanUp.defer(async () => {
      measured.abort();
      await optional.ended();
    });
    const http = serveEndpoints(options, parts, {
      unready: () => [
        ...election?.unready() ?? [],
        ...election?.standby() === undefined ? informers.unsynced() : [],
        ...optional.unready(),
      ],
      standby: () => election?.standby(),
      networks: () => networksOf(ippools),
      ipam: (network) => ipamOf(ippools, network),
      cache: (network) => macCacheOf(ippools, network),
    });
    cleanUp.defer(() => http.close());
    optional.observe("http", http);
    const work = (leading: AbortSignal) =>
      lead({ client, controller, informers, recorder, optional, parts }, leading);
    measureEventLoopDelay("vmdhcpcontroller", parts, measured.signal);
    await (election === undefined ? work(signal) : election.run(work, signal));
  },
};

/** @throws {UsageError} for another word. */
function parseAutoIPPoolPolicy(text: string): AutoIPPoolPolicy {
  if (text === "annotated" || text === "manual-routes") return text;
  throw new UsageError("is neither annotated nor manual-routes");
}

/** What a leader works with. */
interface Leader {
  readonly client: KubeClient;
  readonly controller: Controller;
  readonly informers: Informers;
  readonly recorder: ClosableEventRecorder;
  readonly optional: OptionalParts;
  readonly parts: ProcessParts;
}

/**
 * Works until the signal aborts.
 *
 * Only the leader has caches. A list that begins after the last leader has ended contains every claim
 * that it served. An earlier copy may lack a claim, and its address would be released.
 */
async function lead(
  { client, controller, informers, recorder, optional, parts }: Leader,
  leading: AbortSignal,
): Promise<void> {
  parts.log.log("info", "controller started");
  const definitions = optional.start({
    name: "definitions",
    lack: "the CustomResourceDefinitions may be missing or old",
    attempt: (ended) => ensureDefinitions({ client, ...parts }, AbortSignal.any([leading, ended])),
  });
  await definitions.attempted;
  const giveUp = new AbortController();
  const running = AbortSignal.any([leading, giveUp.signal]);
  const work = Promise.all([controller.run(running), informers.run(running)]);
  try {
    await Promise.all([requireSync(informers, parts, running), work]);
  } finally {
    giveUp.abort();
    await work;
    await recorder.close();
  }
}
