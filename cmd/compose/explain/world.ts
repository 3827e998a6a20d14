/** Reads the world that is explained, with the rights of the user. */

import type { Clock } from "../../../lib/base/clock.ts";
import { objectAt, stringAt } from "../../../lib/base/json.ts";
import type { IPPool } from "../../../lib/api/ippool/ippool.ts";
import { keyOf, type NamespacedName, type Observed } from "../../../lib/api/meta.ts";
import { DEPLOYMENTS, LEASES } from "../../../lib/api/resources.ts";
import { concernedPools } from "../../../lib/explain/concerned.ts";
import type { Subject, World } from "../../../lib/explain/contract.ts";
import { configsOf } from "../../../lib/explain/subjects/vm.ts";
import type { PodClient } from "../../../lib/kube/client/pod_client.ts";
import { AGENT_SELECTOR } from "../../../lib/reconcile/agent_deployment/agent_names.ts";
import { POD_KIND } from "../../../lib/reconcile/agent_deployment/agent_kinds.ts";
import {
  IPPOOL_KIND,
  NETWORK_KIND,
  VIRTUAL_MACHINE_KIND,
  VMNETCFG_KIND,
} from "../../../lib/reconcile/kinds.ts";
import { askPods, askStandalone, readUnready } from "./agents.ts";
import { ObjectReader } from "./reading.ts";
import { readAnswering, readWebhooks } from "./webhooks.ts";

/** What the chart and that of the Go program call controllers and webhooks. */
const NAMES = ["harvester-vm-dhcp-controller", "vm-dhcp-controller"];
const DEPLOYMENT_SELECTOR = `app.kubernetes.io/name in (${
  NAMES.flatMap((name) => [name, `${name}-webhook`]).join(",")
})`;

/** Where the world is read from. */
export interface WorldSource {
  readonly client: PodClient;
  /** The API server, for messages. */
  readonly server: string;
  readonly clock: Pick<Clock, "nowMs">;
  /** `HOST:PORT` of standalone; absent in a cluster. */
  readonly dumps: string | undefined;
  /** By which one of several controllers leads. */
  readonly leaderLease: NamespacedName;
}

const NONE = { ok: true, value: [] } as const;

/** What no question about one thing looks at. */
const OF_INSTALLATION = {
  deployments: NONE,
  webhookConfigurations: NONE,
  backends: new Map(),
  urls: new Map(),
} as const;

/** Reads what the questions about a thing look at. */
export async function readWorldOf(
  subject: Subject,
  source: WorldSource,
  signal: AbortSignal,
): Promise<World> {
  const reader = new ObjectReader(source, signal);
  const isOfNetwork = subject.kind === "pool" || subject.kind === "network";
  const [objects, networks] = await Promise.all([
    readObjects(reader, source, signal),
    isOfNetwork ? reader.observe(NETWORK_KIND) : NONE,
  ]);
  const known = { ...objects, ...OF_INSTALLATION, networks, virtualMachines: NONE, pods: NONE };
  const world = { ...known, agents: new Map() };
  const pools = concernedPools(subject, world);
  const { dumps } = source;
  if (dumps !== undefined) return { ...world, agents: await askStandalone(dumps, pools, signal) };
  const [virtualMachines, pods] = await Promise.all([
    subject.kind === "vm" && isWithoutConfig(subject.name, world)
      ? reader.observe(VIRTUAL_MACHINE_KIND, { namespace: subject.name.namespace })
      : NONE,
    pools.size === 0 ? NONE : readAgentPods(reader, poolsIn(world, pools)),
  ]);
  const agents = await askPods(source, { pools, pods }, signal);
  return { ...world, virtualMachines, pods, agents };
}

/** Reads what the state of an installation follows from. No agent is asked. */
export async function readInstallation(source: WorldSource, signal: AbortSignal): Promise<World> {
  const reader = new ObjectReader(source, signal);
  const { dumps } = source;
  const isCluster = dumps === undefined;
  const [objects, networks, pods, deployments, webhookConfigurations] = await Promise.all([
    readObjects(reader, source, signal),
    reader.observe(NETWORK_KIND),
    isCluster ? reader.observe(POD_KIND, { labelSelector: AGENT_SELECTOR }) : NONE,
    isCluster ? reader.list(DEPLOYMENTS, { labelSelector: DEPLOYMENT_SELECTOR }) : NONE,
    isCluster ? readWebhooks(reader) : NONE,
  ]);
  const rest = { networks, pods, deployments, webhookConfigurations, virtualMachines: NONE };
  const answering = await readAnswering(reader, webhookConfigurations, signal);
  return { ...objects, ...rest, ...answering, agents: new Map() };
}

async function readObjects(
  reader: ObjectReader,
  { clock, dumps, leaderLease }: WorldSource,
  signal: AbortSignal,
) {
  const isStandalone = dumps !== undefined;
  const [ippools, vmnetcfgs, leader, unready] = await Promise.all([
    reader.observe(IPPOOL_KIND),
    reader.observe(VMNETCFG_KIND),
    isStandalone ? { ok: true, value: undefined } as const : reader.get(LEASES, leaderLease),
    isStandalone ? readUnready(dumps, signal) : NONE,
  ]);
  return { nowMs: clock.nowMs(), isStandalone, ippools, vmnetcfgs, leader, leaderLease, unready };
}

function isWithoutConfig(name: { namespace: string; name: string }, world: World): boolean {
  const { vmnetcfgs } = world;
  return vmnetcfgs.ok && configsOf(name, { vmnetcfgs: vmnetcfgs.value }).length === 0;
}

function poolsIn({ ippools }: World, keys: ReadonlySet<string>): readonly Observed<IPPool>[] {
  return ippools.ok ? ippools.value.filter(({ object }) => keys.has(keyOf(object))) : [];
}

/** Where the pools say that their agents are, so that no right to all namespaces is needed. */
async function readAgentPods(reader: ObjectReader, pools: readonly Observed<IPPool>[]) {
  const told = pools.map(({ object }) =>
    stringAt(objectAt(object.status, "agentPodRef"), "namespace")
  );
  const [namespace = "", ...others] = new Set(told);
  return await reader.observe(POD_KIND, {
    labelSelector: AGENT_SELECTOR,
    namespace: namespace === "" || others.length > 0 ? undefined : namespace,
  });
}
