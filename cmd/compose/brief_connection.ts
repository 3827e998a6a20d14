/** The way to a cluster of a command that asks something and ends. */

import type { ClusterAccess } from "../../lib/kube/access/cluster_access.ts";
import {
  type ClosableKubeClient,
  createKubeClient,
  formatUserAgent,
} from "../../lib/kube/client/rest_client.ts";
import type { LogLevel } from "../../lib/observe/logger.ts";
import { VERSION } from "../cli/build.ts";
import type { Environment } from "../cli/flags.ts";
import { describeServer, loadAccess } from "./cluster.ts";
import { keepForCluster } from "./permissions.ts";
import { createProcessParts, type ProcessParts } from "./process_parts.ts";

/** Close the client when everything has been asked. */
export interface BriefConnection {
  readonly client: ClosableKubeClient;
  readonly access: ClusterAccess;
  /** The API server, for messages. */
  readonly server: string;
  readonly parts: ProcessParts;
}

/**
 * Finds the cluster, and gives up what is not needed to ask it.
 *
 * @param level From which on something is logged: the output is for the answer.
 * @throws {CommandError} when the cluster cannot be found.
 */
export async function connectBriefly(
  { command, level }: { readonly command: string; readonly level: LogLevel },
  options: Parameters<typeof loadAccess>[0],
  env: Environment,
): Promise<BriefConnection> {
  const parts = createProcessParts({ level });
  const access = await loadAccess(options, env);
  keepForCluster(access, parts, ["env", "net", "read", "sys"]);
  const userAgent = formatUserAgent(VERSION, command);
  const client = createKubeClient(access, { ...parts, userAgent });
  return { client, access, server: describeServer(access, options, env), parts };
}
