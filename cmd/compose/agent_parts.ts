/** An agent with what it needs of this host and of the API. */

import { formatNamespacedName, type NamespacedName } from "../../lib/api/meta.ts";
import { IPPOOLS } from "../../lib/api/resources.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import type { KubeClient } from "../../lib/kube/contract.ts";
import { createInformer } from "../../lib/kube/cache/informer.ts";
import { Agent, type AgentOptions } from "../../lib/agent/agent.ts";
import { PoolSnapshot } from "../../lib/agent/pool/pool_snapshot.ts";
import { SnapshotMetrics } from "../../lib/agent/pool/snapshot_metrics.ts";
import { ErrnoError, type Network } from "../../lib/sys/contract.ts";
import { createSnapshotFile, sha256Of } from "./agent/snapshot_file.ts";
import { observing } from "./informers.ts";
import { CommandError } from "../cli/command.ts";
import type { ProcessParts } from "./process_parts.ts";

/** What makes one agent differ from another. */
export interface PoolAgentOptions
  extends Omit<AgentOptions, "pools" | "snapshot" | keyof ProcessParts> {
  readonly client: KubeClient;
  /** Path of the file of its snapshot; absent for none. */
  readonly snapshot?: string | undefined;
}

/**
 * Makes an agent with an informer of its own that follows this one pool, so that changes of other
 * pools cost it nothing.
 */
export function createPoolAgent(
  { client, snapshot, ...options }: PoolAgentOptions,
  parts: ProcessParts,
): Agent {
  const { pool } = options;
  const pools = createInformer({
    ...parts,
    client,
    type: IPPOOLS,
    namespace: pool.namespace,
    fieldSelector: `metadata.name=${pool.name}`,
    ...observing(parseIPPool),
  });
  return new Agent({ ...options, ...parts, pools, snapshot: snapshotOf(pool, snapshot, parts) });
}

function snapshotOf(
  pool: NamespacedName,
  path: string | undefined,
  { clock, log, registry }: ProcessParts,
): PoolSnapshot | undefined {
  if (path === undefined) return undefined;
  const poolKey = formatNamespacedName(pool);
  return new PoolSnapshot({
    poolKey,
    file: createSnapshotFile(path),
    sha256: sha256Of,
    clock,
    log: log.with({ ippool: poolKey, snapshot: path }),
    metrics: new SnapshotMetrics(registry, pool, clock),
  });
}

/**
 * Makes sure that this process may open packet sockets at all. An interface may come or go later, but
 * a missing capability stays missing.
 *
 * @throws {CommandError} without CAP_NET_RAW.
 */
export function requirePacketSockets(network: Network): void {
  try {
    network.requirePacketSockets();
  } catch (error) {
    throw error instanceof ErrnoError ? new CommandError(error.message) : error;
  }
}
