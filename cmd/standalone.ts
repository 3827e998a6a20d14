/** `vm-dhcp standalone`: API server, controller and agents in one process. */

import { errorOf } from "../lib/base/errors.ts";
import { formatNamespacedName } from "../lib/api/meta.ts";
import { createNetwork } from "../lib/sys/host/network.ts";
import { requirePacketSockets } from "./compose/agent_parts.ts";
import { applyManifests, ManifestError } from "../lib/manifests/apply_manifests.ts";
import { type Command, CommandError, type Invocation } from "./cli/command.ts";
import { logLevelOf } from "./cli/common_flags.ts";
import type { NicMapping } from "./cli/flag_values.ts";
import { parseFlags, UsageError } from "./cli/flags.ts";
import { ensureVmNetwork } from "./compose/vm_networks.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";
import { openStandaloneApi, type StandaloneApi } from "./compose/standalone_api.ts";
import { createStandaloneHost, type StandaloneHost } from "./compose/standalone_host.ts";
import { STANDALONE_FLAGS, type StandaloneOptions } from "./compose/standalone_flags.ts";

export const standaloneCommand: Command = {
  name: "standalone",
  description:
    "Runs the whole of vm-dhcp in one process without a cluster: a Kubernetes API on loopback that\n" +
    "keeps its objects in a database file, the controller, and an agent for each pool. kubectl\n" +
    "works against it with the kubeconfig that it writes into the data folder. Needs CAP_NET_RAW.",
  synopsis: "standalone --data-dir DIR --nic [NAMESPACE/NAME=]IFACE ... [flags]",
  flags: STANDALONE_FLAGS,
  example: "  vm-dhcp standalone --data-dir /var/lib/vm-dhcp --nic default/net-48=br48\n" +
    "  KUBECONFIG=/var/lib/vm-dhcp/kubeconfig kubectl get ippools",
  async run(invocation) {
    const options = parseFlags(STANDALONE_FLAGS, invocation.args, invocation.env);
    await serve(options, interfacesOf(options.nic), invocation);
  },
};

/** Interface by name of the VM network. */
function interfacesOf(nics: readonly NicMapping[]): ReadonlyMap<string, string> {
  const interfaces = new Map<string, string>();
  for (const { network, interfaceName } of nics) {
    const name = formatNamespacedName(network);
    if (interfaces.has(name)) {
      throw new UsageError(`flag --nic: VM network ${name} is given two interfaces`);
    }
    interfaces.set(name, interfaceName);
  }
  return interfaces;
}

async function serve(
  options: StandaloneOptions,
  interfaces: ReadonlyMap<string, string>,
  { signal, onReload }: Invocation,
): Promise<void> {
  const parts = createProcessParts(logLevelOf(options));
  const { log } = parts;
  requirePacketSockets(createNetwork());
  await using cleanUp = new AsyncDisposableStack();
  // First of all, so that a probe is answered while the rest starts and a taken port is told early.
  const running: { host?: StandaloneHost } = {};
  const http = await serveEndpoints(options, parts, {
    unready: () => running.host?.unready() ?? ["the API server is starting"],
    ipam: (network) => running.host?.ipam(network),
    cache: (network) => running.host?.cache(network),
    leases: (pool) => running.host?.leases(pool),
  });
  cleanUp.defer(() => http.close());
  const api = await openStandaloneApi(options["data-dir"], parts);
  cleanUp.defer(() => api.close());
  for (const nic of options.nic) await ensureVmNetwork(api.client, nic);
  await applyAtStart(api, options.manifests, parts);
  // One after the other: a second SIGHUP must not overtake the first.
  let reloaded = Promise.resolve();
  onReload(() => {
    reloaded = reloaded.then(() => applyAgain(api, options.manifests, parts));
  });
  running.host = createStandaloneHost(
    { client: api.client, interfaces, logPackets: options.debug },
    parts,
  );
  log.log("info", "standalone started", {
    kubeconfig: api.kubeconfigPath,
    http: `http://${options.http.hostname}:${http.port}`,
    networks: [...interfaces].map(([network, name]) => `${network}=${name}`),
  });
  await running.host.run(signal);
  log.log("info", "standalone is ending");
}

async function applyAtStart(
  { client }: StandaloneApi,
  paths: readonly string[],
  { log }: ProcessParts,
): Promise<void> {
  try {
    const objects = await applyManifests(client, paths);
    if (paths.length > 0) log.log("info", "manifests applied", { objects });
  } catch (error) {
    throw error instanceof ManifestError ? new CommandError(error.message) : error;
  }
}

/** Nothing that goes wrong at SIGHUP ends the process: it goes on with the objects that it has. */
async function applyAgain(
  { client }: StandaloneApi,
  paths: readonly string[],
  { log }: ProcessParts,
): Promise<void> {
  try {
    log.log("info", "manifests applied again", { objects: await applyManifests(client, paths) });
  } catch (error) {
    const { applied } = error instanceof ManifestError ? error : { applied: [] };
    if (error instanceof ManifestError) console.error(error.message);
    log.log("error", "manifests not applied", { applied, error: errorOf(error) });
  }
}
