/** `vm-dhcp standalone`: API server, controller and agents in one process. */

import { formatNamespacedName } from "../lib/api/meta.ts";
import { STDERR } from "../lib/sys/host/output.ts";
import { keptPermissions } from "../lib/sys/host/permissions.ts";
import { createNetwork } from "../lib/sys/host/network.ts";
import { requirePacketSockets } from "./compose/agent_parts.ts";
import { type Command, CommandError, type Invocation } from "./cli/command.ts";
import {
  httpFlags,
  logLeasesFlag,
  logSettingsOf,
  NIC_METRICS_FLAG,
  packetLogFlags,
  REUSE_GRACE_FLAG,
} from "./cli/common_flags.ts";
import { type NicMapping, parseNicMapping, parseText } from "./cli/flag_values.ts";
import { type FlagTable, type FlagValues, parseFlags, UsageError } from "./cli/flags.ts";
import { startManifests } from "./compose/standalone/manifests_part.ts";
import { OptionalParts, type Part } from "./compose/optional_parts.ts";
import { createProcessParts, type ProcessParts, serveEndpoints } from "./compose/process_parts.ts";
import { openStandaloneApi, type StandaloneApi } from "./compose/standalone/standalone_api.ts";
import { createStandaloneHost } from "./compose/standalone/standalone_host.ts";
import { ensureVmNetwork } from "./compose/standalone/vm_networks.ts";

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
      "NAMESPACE/NAME, which is created. The name defaults to default/IFACE. For networks without " +
      "it, their annotation network.harvesterhci.io/interface counts.",
    parse: parseNicMapping,
  },
  manifests: {
    kind: "list",
    placeholder: "PATH",
    help: "Apply the YAML documents of this file, or of the files in this folder, at start and " +
      "again on SIGHUP. Nothing is applied while one of them is wrong; then they are tried again, " +
      "while clients are answered from what is stored.",
    parse: parseText,
  },
  prune: {
    kind: "switch",
    help:
      "Remove objects that were made from manifests which are gone. Namespaces stay. Nothing is " +
      "removed while a manifest is wrong or cannot be read.",
  },
  "address-reuse-grace": REUSE_GRACE_FLAG,
  ...httpFlags("127.0.0.1:8080", ["/ipams", "/caches", "/leases", "/unknown"]),
  "no-nic-metrics": NIC_METRICS_FLAG,
  "log-leases": logLeasesFlag(),
  ...packetLogFlags(),
} as const satisfies FlagTable;

export const standaloneCommand: Command = {
  name: "standalone",
  description:
    "Runs all of vm-dhcp in one process without a cluster: a Kubernetes API on loopback that keeps\n" +
    "its objects in a database file, the controller, and an agent for each pool. kubectl works with\n" +
    "the kubeconfig that is written into the data folder. Needs CAP_NET_RAW.",
  synopsis: "standalone --data-dir DIR [--nic [NAMESPACE/NAME=]IFACE ...] [flags]",
  flags: FLAGS,
  example: "  vm-dhcp standalone --data-dir /var/lib/vm-dhcp --nic default/net-48=br48\n" +
    "  KUBECONFIG=/var/lib/vm-dhcp/kubeconfig kubectl get ippools",
  permissions: ["env", "ffi", "net", "read", "sys", "write"],
  async run(invocation) {
    const options = parseFlags(FLAGS, invocation.args, invocation.env);
    if (options.prune && options.manifests.length === 0) {
      throw new UsageError("flag --prune is about --manifests, and there are none");
    }
    await serve(options, interfacesOf(options.nic), invocation);
  },
};

type Options = FlagValues<typeof FLAGS>;

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
  options: Options,
  interfaces: ReadonlyMap<string, string>,
  { signal, onReload }: Invocation,
): Promise<void> {
  const parts = createProcessParts(logSettingsOf(options));
  parts.log.log("debug", "permissions kept", { permissions: keptPermissions() });
  requirePacketSockets(createNetwork());
  await using cleanUp = new AsyncDisposableStack();
  const stop = new AbortController();
  const running = AbortSignal.any([signal, stop.signal]);
  const api = await openStandaloneApi(options["data-dir"], parts);
  cleanUp.defer(() => api.close());
  const host = createStandaloneHost(
    {
      client: api.client,
      interfaces,
      logPackets: logSettingsOf(options).level === "debug",
      logLeases: options["log-leases"],
      addressReuseGraceMs: options["address-reuse-grace"],
      withoutNicSeries: options["no-nic-metrics"],
    },
    parts,
  );
  const prepared = Promise.withResolvers<void>();
  const served = host.run(running, prepared.promise);
  cleanUp.defer(async () => {
    stop.abort();
    await served;
  });
  // Clients wait for their addresses, and nobody for what follows.
  await host.answering(running);
  const optional = new OptionalParts(parts, running);
  cleanUp.defer(async () => {
    stop.abort();
    await optional.ended();
  });
  const http = serveEndpoints(options, parts, {
    ...host,
    unready: () => [...host.unready(), ...optional.unready()],
  });
  cleanUp.defer(() => http.close());
  optional.observe("http", http);
  const dumpsAt = () => loopbackOf(options.http.hostname, http.port);
  await startRest({ options, parts, optional, api, dumpsAt, onReload, stop, prepared });
  stop.signal.throwIfAborted();
  parts.log.log("info", "standalone started", {
    kubeconfig: api.kubeconfigPath,
    http: `http://${options.http.hostname}:${http.port}`,
    networks: host.interfaces(),
  });
  await served;
  parts.log.log("info", "standalone is ending");
}

/** Where this host reaches a listener; `undefined` while it has no port. */
function loopbackOf(hostname: string, port: number): string | undefined {
  if (port === 0) return undefined;
  return `${hostname === "0.0.0.0" ? "127.0.0.1" : hostname}:${port}`;
}

/** Files on a server that is gone may never be read. */
const MANIFESTS_MS_MAX = 60_000;

interface Rest extends Pick<Invocation, "onReload"> {
  readonly options: Options;
  readonly parts: ProcessParts;
  readonly optional: OptionalParts;
  readonly api: StandaloneApi;
  /** Where commands on this host read dumps. */
  readonly dumpsAt: () => string | undefined;
  /** Ends the process, with its reason, when a first start has nothing to serve. */
  readonly stop: AbortController;
  /** Resolved once the objects of the manifests are there, or are not to be waited for. */
  readonly prepared: { resolve(): void };
}

/**
 * Starts what clients of DHCP do not wait for. Resolves after the first attempt of each; what fails is
 * tried again.
 */
async function startRest(
  { options, parts, optional, api, dumpsAt, onReload, stop, prepared }: Rest,
): Promise<void> {
  const database = optional.start({
    name: "database",
    lack: "clients keep their addresses, but nothing can be changed",
    attempt: () => Promise.resolve().then(api.retryStorage),
  });
  api.onWriteFault(() => database.again());
  const networks = optional.start({
    name: "vm_networks",
    lack: "not all VM networks of --nic are stored",
    attempt: async () => {
      for (const nic of options.nic) await ensureVmNetwork(api.client, nic);
    },
  });
  let mayEnd = api.isEmpty;
  const manifests = startManifests(
    {
      paths: options.manifests,
      prune: options.prune,
      target: api,
      // A manifest may have had a network of --nic.
      onRemoved: () => networks.again(),
      onComplaint: (complaint) => {
        if (mayEnd) stop.abort(new CommandError(complaint));
        else STDERR.write(complaint);
      },
    },
    parts,
    optional,
  );
  onReload(() => manifests.again());
  const late = parts.clock.sleep(MANIFESTS_MS_MAX, stop.signal);
  Promise.race([manifests.attempted, late]).then(prepared.resolve);
  const entrance = startEntrance(api, dumpsAt, optional);
  await Promise.all([networks, manifests, ...entrance].map(({ attempted }) => attempted));
  mayEnd = false;
}

/** Listens for kubectl, and then tells it where. */
function startEntrance(
  api: StandaloneApi,
  dumpsAt: Rest["dumpsAt"],
  optional: OptionalParts,
): readonly Part[] {
  const listener = optional.start({
    name: "api",
    lack: "the Kubernetes API is not served to other processes",
    attempt: () => api.listen(),
    unready: api.unready,
  });
  const kubeconfig = optional.start({
    name: "kubeconfig",
    attempt: async () => {
      await listener.attempted;
      await api.writeKubeconfig(dumpsAt());
    },
  });
  return [listener, kubeconfig];
}
