/** The embedded API server of standalone, on its data folder, with a client for this process. */

import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../../../lib/api/resources.ts";
import { limitsFor } from "../../../lib/http/connection_table.ts";
import { ListenError } from "../../../lib/http/listen_error.ts";
import { DataFolderError } from "../../../lib/apiserver/store/data_folder_error.ts";
import { type ApiServer, apiUrlOf, startApiServer } from "../../../lib/apiserver/server.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import type { ManifestTarget } from "../../../lib/manifests/check_manifests.ts";
import { createInProcessClient, formatUserAgent } from "../../../lib/kube/client/rest_client.ts";
import { raiseOpenFileLimit } from "../../../lib/sys/host/process_resources.ts";
import { endConnections, prepareListener } from "../../../lib/sys/host/tcp_connections.ts";
import { VERSION } from "../../cli/build.ts";
import { CommandError } from "../../cli/command.ts";
import {
  type Credentials,
  loadCredentials,
  makeDataFolder,
  portOf,
  writeKubeconfig,
} from "./data_folder.ts";
import { warningLog } from "./logged_warnings.ts";
import { rehearsalOf, standaloneCrds } from "./rehearsal.ts";
import { standaloneAdmission } from "./standalone_admission.ts";
import { reasonOf } from "../files/file_fault.ts";
import type { ProcessParts } from "../process_parts.ts";

/** More than for other listeners, because each watch takes one. */
const CONNECTIONS_MAX = 512;

/** The API as this process has it from the start, and others once it listens. */
export interface StandaloneApi extends ManifestTarget {
  readonly kubeconfigPath: string;
  /** Whether there was neither a pool nor a VirtualMachineNetworkConfig at the start. */
  readonly isEmpty: boolean;
  /** Looks whether the disk takes writes again. @throws {Error} when it does not. */
  retryStorage(): void;
  /** Calls back for each write that the disk does not take. */
  onWriteFault(notice: () => void): void;
  /** A sentence that says why no other process gets through; `undefined` when they do. */
  unready(): string | undefined;
  /** Listens for other processes; once it does, a call does nothing. */
  listen(): Promise<void>;
  /**
   * Writes the kubeconfig of the API that listens, unless it is the same already.
   *
   * @param http `HOST:PORT` of health, metrics and dumps.
   */
  writeKubeconfig(http: string | undefined): Promise<void>;
  close(): Promise<void>;
}

interface WriteFaults {
  notice: () => void;
}

interface Opened {
  readonly server: ApiServer;
  readonly faults: WriteFaults;
  readonly dataDir: string;
}

/** How other processes get in. */
interface Entrance {
  readonly url: string;
  readonly credentials: Credentials;
}

/**
 * Opens the data folder, which is created if it is missing.
 *
 * @throws {CommandError} when the record cannot be had.
 */
export async function openStandaloneApi(
  dataDir: string,
  parts: ProcessParts,
): Promise<StandaloneApi> {
  try {
    for (const problem of await makeDataFolder(dataDir)) {
      parts.log.log("warn", "data folder is not private", { problem });
    }
    const faults: WriteFaults = { notice: () => {} };
    const onAccepted = warningLog(parts.log);
    const server = startApiServer({
      databasePath: `${dataDir}/state.db`,
      crds: standaloneCrds(),
      admission: (stored) => standaloneAdmission(stored, onAccepted),
      log: parts.log,
      registry: parts.registry,
      nowMs: parts.clock.nowMs,
      onWriteFault: () => faults.notice(),
    });
    return await apiOf({ server, faults, dataDir }, parts);
  } catch (error) {
    if (error instanceof DataFolderError) throw new CommandError(error.message);
    // What the system says about a file; anything else is a bug.
    if (!(error instanceof Error && "code" in error)) throw error;
    throw new CommandError(`${dataDir} cannot be used: ${reasonOf(error)}`, { cause: error });
  }
}

async function apiOf(
  { server, faults, dataDir }: Opened,
  parts: ProcessParts,
): Promise<StandaloneApi> {
  const client = createInProcessClient(server.handle, {
    ...parts,
    userAgent: formatUserAgent(VERSION, "standalone"),
  });
  const kubeconfigPath = `${await Deno.realPath(dataDir)}/kubeconfig`;
  let entrance: Entrance | undefined;
  return {
    client,
    clock: parts.clock,
    rehearse: async () => await rehearsalOf(server, () => {}, parts),
    kubeconfigPath,
    // What cannot be listed is there.
    isEmpty: await isEmpty(client).catch(() => false),
    unready: server.unready,
    retryStorage: server.retryStorage,
    onWriteFault: (notice) => void (faults.notice = notice),
    listen: async () => {
      entrance ??= await openEntrance(server, dataDir, kubeconfigPath);
    },
    writeKubeconfig: async (http) => {
      if (entrance === undefined) return;
      await writeKubeconfig({ path: kubeconfigPath, ...entrance, http });
    },
    close: () => server.close(),
  };
}

async function isEmpty(client: KubeClient): Promise<boolean> {
  const kinds = [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS];
  const pages = await Promise.all(kinds.map((type) => client.list(type, { limit: 1 })));
  return pages.every(({ items }) => items.length === 0);
}

/** Prefers the port of the last run, so that clients which use an old kubeconfig go on. */
async function openEntrance(
  server: ApiServer,
  dataDir: string,
  kubeconfigPath: string,
): Promise<Entrance> {
  const credentials = await loadCredentials(dataDir);
  const options = {
    token: credentials.token,
    tls: credentials,
    sockets: { endConnections, prepareListener },
    limits: limitsFor(CONNECTIONS_MAX, raiseOpenFileLimit()),
  };
  const familiarPort = await portOf(kubeconfigPath);
  let port: number;
  try {
    port = server.listen({ ...options, port: familiarPort });
  } catch (error) {
    if (familiarPort === 0 || !(error instanceof ListenError)) throw error;
    port = server.listen({ ...options, port: 0 });
  }
  return { url: apiUrlOf(port), credentials };
}
