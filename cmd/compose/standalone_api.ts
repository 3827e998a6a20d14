/** The embedded API server of standalone, on its data folder, with a client for this process. */

import { parse } from "yaml";
import { admissionWarnings } from "../../lib/admission/admission_warnings.ts";
import { admit } from "../../lib/admission/admit.ts";
import { ListenError } from "../../lib/http/listen_error.ts";
import { DataFolderError } from "../../lib/apiserver/store/database.ts";
import {
  type ApiServer,
  type ApiServerOptions,
  startApiServer,
} from "../../lib/apiserver/server.ts";
import type { KubeClient } from "../../lib/kube/contract.ts";
import { createKubeClient, formatUserAgent } from "../../lib/kube/client/rest_client.ts";
import { endConnections, sendWithoutDelay } from "../../lib/sys/host/tcp_connections.ts";
import { VERSION } from "../cli/build.ts";
import { CommandError } from "../cli/command.ts";
import { CRD_TEXTS } from "./crd_files.ts";
import { loadCredentials, makeDataFolder, portOf, writeKubeconfig } from "./data_folder.ts";
import type { ProcessParts } from "./process_parts.ts";

/** A running API server. */
export interface StandaloneApi {
  readonly client: KubeClient;
  readonly kubeconfigPath: string;
  /** A sentence that says why no client gets through; `undefined` when they do. */
  unready(): string | undefined;
  close(): Promise<void>;
}

/**
 * Starts the API server on a data folder, which is created if it is missing, and writes the
 * kubeconfig into it.
 *
 * @throws {CommandError} when the folder or what is in it cannot be used.
 */
export async function openStandaloneApi(
  dataDir: string,
  parts: ProcessParts,
): Promise<StandaloneApi> {
  try {
    return await open(dataDir, parts);
  } catch (error) {
    if (!(error instanceof DataFolderError || error instanceof ListenError)) throw error;
    throw new CommandError(error.message);
  }
}

async function open(dataDir: string, parts: ProcessParts): Promise<StandaloneApi> {
  await makeDataFolder(dataDir);
  const kubeconfigPath = `${await Deno.realPath(dataDir)}/kubeconfig`;
  const credentials = await loadCredentials(dataDir);
  const server = await startOnFamiliarPort(await portOf(kubeconfigPath), {
    databasePath: `${dataDir}/state.db`,
    crds: CRD_TEXTS.map((text): unknown => parse(text)),
    admit,
    admissionWarnings,
    token: credentials.token,
    tls: credentials,
    log: parts.log,
    registry: parts.registry,
    sockets: { endConnections, sendWithoutDelay },
    nowMs: parts.clock.nowMs,
  });
  await writeKubeconfig({ path: kubeconfigPath, url: server.url, credentials });
  const client = createKubeClient({
    server: server.url,
    certificateAuthority: { text: credentials.cert },
    token: { text: credentials.token },
  }, { ...parts, userAgent: formatUserAgent(VERSION, "standalone") });
  return {
    client,
    kubeconfigPath,
    unready: server.unready,
    close: async () => {
      client.close();
      await server.close();
    },
  };
}

/** Prefers the port of the last run, so that clients which use an old kubeconfig go on. */
async function startOnFamiliarPort(
  port: number,
  options: Omit<ApiServerOptions, "port">,
): Promise<ApiServer> {
  try {
    return await startApiServer({ ...options, port });
  } catch (error) {
    if (port === 0 || !(error instanceof ListenError)) throw error;
    return await startApiServer({ ...options, port: 0 });
  }
}
