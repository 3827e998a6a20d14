/** `vm-dhcp standalone`: API server, controller and agents in one process. */

import { errorOf } from "../lib/base/errors.ts";
import { formatNamespacedName } from "../lib/api/meta.ts";
import { STDERR } from "../lib/sys/host/output.ts";
import { keptPermissions } from "../lib/sys/host/permissions.ts";
import { createNetwork } from "../lib/sys/host/network.ts";
import { requirePacketSockets } from "./compose/agent_parts.ts";
import { applyManifests, ManifestError } from "../lib/manifests/apply_manifests.ts";
import { type Command, CommandError, type Invocation } from "./cli/command.ts";
import { httpFlags, logLevelOf, packetDebugFlag } from "./cli/common_flags.ts";
import { type NicMapping, parseNicMapping, parseText } from "./cli/flag_values.ts";
import { type FlagTable, type FlagValues, parseFlags, UsageError } from "./cli/flags.ts";
import { ensureVmNetwork } from "./compose/vm_networks.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";
import { openStandaloneApi, type StandaloneApi } from "./compose/standalone_api.ts";
import { createStandaloneHost, type StandaloneHost } from "./compose/standalone_host.ts";

const FLAGS = {
  "data-dir": {
    kind: "value",
    placeholder: "DIR",
    help: "Folder for the database, the credentials and the kubeconfig. Created if it is missing.",
    required: true,
    parse: parseText,
  },
  nic: {
    kind: "list",
    placeholder: "[NAMESPACE/NAME=]IFACE",
    help: "Answer DHCP on this host interface, usually a bridge, for the VM network " +
      "NAMESPACE/NAME, which is created. The name defaults to default/IFACE.",
    required: true,
    parse: parseNicMapping,
  },
  manifests: {
    kind: "list",
    placeholder: "PATH",
    help: "Apply the YAML documents of this file, or of the files in this folder, at start and " +
      "again on SIGHUP. Nothing is applied while one of them is wrong.",
    parse: parseText,
  },
  ...httpFlags("127.0.0.1:8080", ["/ipams", "/caches", "/leases"]),
  debug: packetDebugFlag(),
} as const satisfies FlagTable;

export const standaloneCommand: Command = {
  name: "standalone",
  description:
    "Runs all of vm-dhcp in one process without a cluster: a Kubernetes API on loopback that keeps\n" +
    "its objects in a database file, the controller, and an agent for each pool. kubectl works with\n" +
    "the kubeconfig that is written into the data folder. Needs CAP_NET_RAW.",
  synopsis: "standalone --data-dir DIR --nic [NAMESPACE/NAME=]IFACE ... [flags]",
  flags: FLAGS,
  example: "  vm-dhcp standalone --data-dir /var/lib/vm-dhcp --nic default/net-48=br48\n" +
    "  KUBECONFIG=/var/lib/vm-dhcp/kubeconfig kubectl get ippools",
  permissions: ["env", "ffi", "net", "read", "sys", "write"],
  async run(invocation) {
    const options = parseFlags(FLAGS, invocation.args, invocation.env);
    await serve(options, interfacesOf(options.nic), invocation);
  },
};

/** Interface by name of the VM network. */
function interfacesOf(nics: readonly NicMapping[]): ReadonlyMap<string, string> {
  const interfaces = new Map<string, string>();
  for (const { network, interfaceName } of nics) {
    const name = formatNamespacedName(network);
    if (interfaces.has(name)) {
      throw new UsageError(`flag --nic: VM network ${name} has two interfaces`);
    }
    interfaces.set(name, interfaceName);
  }
  return interfaces;
}

async function serve(
  options: FlagValues<typeof FLAGS>,
  interfaces: ReadonlyMap<string, string>,
  { signal, onReload }: Invocation,
): Promise<void> {
  const parts = createProcessParts(logLevelOf(options));
  const { log } = parts;
  log.log("debug", "permissions kept", { permissions: keptPermissions() });
  requirePacketSockets(createNetwork());
  await using cleanUp = new AsyncDisposableStack();
  // First, so that probes are answered while the rest starts.
  const running: { host?: StandaloneHost; api?: StandaloneApi } = {};
  const http = serveEndpoints(options, parts, {
    unready: () => [
      ...[running.api?.unready() ?? []].flat(),
      ...running.host?.unready() ?? ["the API server is starting"],
    ],
    ipam: (network) => running.host?.ipam(network),
    cache: (network) => running.host?.cache(network),
    leases: (pool) => running.host?.leases(pool),
  });
  cleanUp.defer(() => http.close());
  const api = await openStandaloneApi(options["data-dir"], parts);
  cleanUp.defer(() => api.close());
  running.api = api;
  for (const nic of options.nic) await ensureVmNetwork(api.client, nic);
  await applyAtStart(api, options.manifests, parts);
  // In turn: a second SIGHUP must not overtake the first.
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
    if (error instanceof ManifestError) STDERR.write(error.message);
    log.log("error", "manifests not applied", { applied, error: errorOf(error) });
  }
}
