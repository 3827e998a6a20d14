/** The pool that packets are traced against: of manifest files, or of a cluster. */

import type { IPPool } from "../../../lib/api/ippool/ippool.ts";
import { parseIPPool } from "../../../lib/api/ippool/parse_ippool.ts";
import {
  formatNamespacedName,
  type KubeObject,
  type NamespacedName,
} from "../../../lib/api/meta.ts";
import { IPPOOLS } from "../../../lib/api/resources.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import { formatProblem } from "../../../lib/manifests/manifest_documents.ts";
import { readManifests } from "../../../lib/manifests/manifest_files.ts";
import { CommandError, type Invocation } from "../../cli/command.ts";
import { connectBriefly } from "../brief_connection.ts";
import { whyNot } from "../explain/reading.ts";

/** Where the pool is. */
export interface PoolSource {
  readonly ippool: NamespacedName;
  /** Files; when there are none, the cluster of the kubeconfig is asked. */
  readonly manifests: readonly string[];
  readonly kubeconfig: string | undefined;
  readonly kubecontext: string | undefined;
}

/** @throws {CommandError} when there is no such pool, or it cannot be served. */
export async function loadPool(source: PoolSource, invocation: Invocation): Promise<IPPool> {
  const name = formatNamespacedName(source.ippool);
  const object = source.manifests.length > 0
    ? await poolOfFiles(source, name, invocation.signal)
    : await poolOfCluster(source, name, invocation);
  const parsed = parseIPPool(object);
  if (parsed.ok) return parsed.value;
  const faults = parsed.errors.map(({ field, message }) => `${field}: ${message}`).join("; ");
  throw new CommandError(`IPPool ${name} cannot be served: ${faults}`);
}

async function poolOfFiles(
  { manifests }: PoolSource,
  name: string,
  signal: AbortSignal,
): Promise<KubeObject> {
  const { objects, problems } = await readManifests(manifests, signal);
  const pools = objects.filter(({ type }) => type === IPPOOLS);
  const found = pools.find((pool) => formatNamespacedName(pool.name) === name);
  if (found !== undefined) return found.object;
  const others = pools.map((pool) => formatNamespacedName(pool.name)).join(", ");
  const lines = [
    `no manifest has the IPPool ${name}; there ${others === "" ? "is none" : `is ${others}`}`,
    ...problems.map(formatProblem),
  ];
  throw new CommandError(lines.join("\n"));
}

async function poolOfCluster(
  source: PoolSource,
  name: string,
  { env }: Invocation,
): Promise<KubeObject> {
  const { client, server } = await connectBriefly(
    { command: "trace", level: "error" },
    source,
    env,
  );
  try {
    return await client.get(IPPOOLS, source.ippool);
  } catch (error) {
    if (isStatus(error, 404)) throw new CommandError(`the cluster has no IPPool ${name}`);
    const { namespace } = source.ippool;
    const why = whyNot(error, { verb: "get", type: IPPOOLS, namespace, server });
    throw new CommandError(`IPPool ${name} cannot be read: ${why}`, { cause: error });
  } finally {
    client.close();
  }
}
