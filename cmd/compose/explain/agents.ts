/** Asks agents what they know of clients: in a cluster through the API server, in standalone at its port. */

import { asJsonObject, defined, objectAt, parseJson, stringAt } from "../../../lib/base/json.ts";
import { formatInstant } from "../../../lib/base/rfc3339.ts";
import {
  formatNamespacedName,
  nameOfKey,
  namespacedNameOf,
  type Observed,
} from "../../../lib/api/meta.ts";
import type { Pod } from "../../../lib/api/workload/pod.ts";
import { parseLeases, parseUnknown } from "../../../lib/explain/agent_dumps.ts";
import type { AgentAnswer, Objects, Reading } from "../../../lib/explain/contract.ts";
import type { PodClient } from "../../../lib/kube/client/pod_client.ts";
import { agentPodsOf, isLive } from "../../../lib/reconcile/agent_deployment/agent_pods.ts";
import { AGENT_CONTAINER } from "../../../lib/reconcile/agent_deployment/agent_names.ts";
import { HTTP_PORT } from "../../../lib/reconcile/agent_deployment/wish/agent_pod.ts";
import { ConcurrencyLimiter } from "../../../lib/base/concurrency_limiter.ts";
import { whyNot } from "./reading.ts";
import { reasonOfFetch } from "../../../lib/kube/client/transport/transport_error.ts";

/** An agent that does not answer within this time is passed over. */
const ANSWER_MS_MAX = 10_000;
const REQUESTS_MAX = 16;

/** What an HTTP server answered. */
interface Answer {
  readonly status: number;
  readonly body: string;
}

/** Asks one server for a path. */
type Asker = (path: string, signal: AbortSignal) => Promise<Answer>;

/** By `namespace/name` of the pool, what its agents say. */
type Answers = ReadonlyMap<string, readonly AgentAnswer[]>;

/** Asks standalone, whose agents are in one process. @param address `HOST:PORT`. */
export async function askStandalone(
  address: string,
  pools: Iterable<string>,
  signal: AbortSignal,
): Promise<Answers> {
  const ask: Asker = async (path, limit) => {
    const response = await fetch(`http://${address}${path}`, { signal: limit, redirect: "error" });
    return { status: response.status, body: await response.text() };
  };
  const describe = (error: unknown) => whyNotAsked(address, error);
  const started = readStart(ask, signal);
  return new Map(
    await Promise.all([...pools].map(async (pool) => {
      const paths = { leases: `/leases/${pool}?verbose=1`, unknown: `/unknown/${pool}` };
      const answer = await askAgent({ name: address, pool, paths, ask, describe }, signal);
      return [pool, [{ ...answer, ...defined({ startedAt: await started }) }]] as const;
    })),
  );
}

function whyNotAsked(address: string, error: unknown): string {
  return `standalone at http://${address} cannot be asked: ${reasonOfFetch(error)}`;
}

/** Since when standalone has been running; `undefined` when it does not say. */
async function readStart(ask: Asker, signal: AbortSignal): Promise<string | undefined> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    const { body } = await ask("/metrics", limit);
    const [, seconds] = /^process_start_time_seconds (\d+)$/m.exec(body) ?? [];
    return seconds === undefined ? undefined : formatInstant(Number(seconds) * 1000);
  } catch {
    // What depends on its agents says why.
    return undefined;
  }
}

/** Why standalone says that it is not ready. */
export async function readUnready(
  address: string,
  signal: AbortSignal,
): Promise<Reading<readonly string[]>> {
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
    const response = await fetch(`http://${address}/readyz`, { signal: limit, redirect: "error" });
    const { reasons } = asJsonObject(parseJson(await response.text())) ?? {};
    return { ok: true, value: Array.isArray(reasons) ? reasons.map(String) : [] };
  } catch (error) {
    return { ok: false, why: whyNotAsked(address, error) };
  }
}

/** Where pods are asked. */
interface PodSource {
  readonly client: Pick<PodClient, "askPod">;
  /** The API server, as messages name it. */
  readonly server: string;
}

/** Asks the pods of agents. */
export async function askPods(
  source: PodSource,
  { pools, pods }: { readonly pools: Iterable<string>; readonly pods: Objects<Observed<Pod>> },
  signal: AbortSignal,
): Promise<Answers> {
  const limiter = new ConcurrencyLimiter(REQUESTS_MAX);
  const answers = new Map<string, readonly AgentAnswer[]>();
  await Promise.all([...pools].map(async (pool) => {
    answers.set(
      pool,
      pods.ok
        ? await Promise.all(
          runningPodsOf(pool, pods.value)
            .map((pod) => limiter.run(() => askPod(source, pod, pool, signal))),
        )
        : [{ name: "agents", leases: pods, unknown: pods }],
    );
  }));
  return answers;
}

function runningPodsOf(pool: string, pods: readonly Observed<Pod>[]): readonly Observed<Pod>[] {
  const parsed = pods.flatMap(({ parsed }) => parsed.ok ? [parsed.value] : []);
  const { own, bare } = agentPodsOf(nameOfKey(pool), parsed);
  const running = [...own, ...bare].filter((pod) => isLive(pod) && pod.phase === "Running");
  return pods.filter(({ parsed }) => parsed.ok && running.includes(parsed.value));
}

async function askPod(
  { client, server }: PodSource,
  { object }: Observed<Pod>,
  pool: string,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  const pod = namespacedNameOf(object);
  const { namespace } = pod;
  const startedAt = startOf(object);
  const right = { verb: "get and create", type: "pods/portforward", namespace, server };
  const answer = await askAgent({
    name: pod.name,
    pool,
    // Agents of the Go program know this path only.
    paths: { leases: "/leases?verbose=1", unknown: "/unknown" },
    ask: (path, limit) => client.askPod({ pod, port: HTTP_PORT, path }, limit),
    describe: (error) => whyNot(error, { ...right, subject: `agent ${formatNamespacedName(pod)}` }),
  }, signal);
  return startedAt === undefined ? answer : { ...answer, startedAt };
}

/** Since when its container runs. */
function startOf({ status }: Observed<Pod>["object"]): string | undefined {
  const { containerStatuses } = asJsonObject(status) ?? {};
  const containers = Array.isArray(containerStatuses) ? containerStatuses : [];
  const agent = containers.find((each) => stringAt(each, "name") === AGENT_CONTAINER) ??
    containers[0];
  return stringAt(objectAt(objectAt(agent, "state"), "running"), "startedAt") || undefined;
}

/** Whom to ask, and how. */
interface Addressee {
  readonly name: string;
  readonly pool: string;
  readonly paths: { readonly leases: string; readonly unknown: string };
  readonly ask: Asker;
  /** Says why no answer came. */
  readonly describe: (error: unknown) => string;
}

async function askAgent(
  { name, pool, paths, ask, describe }: Addressee,
  signal: AbortSignal,
): Promise<AgentAnswer> {
  async function read<T>(path: string, parse: (text: string) => Reading<T>): Promise<Reading<T>> {
    try {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS_MAX)]);
      const { status, body } = await ask(path, limit);
      if (status === 200) return parse(body);
      return { ok: false, why: `${name} answers ${path} with ${status}: ${body.trim()}` };
    } catch (error) {
      return { ok: false, why: describe(error) };
    }
  }
  const [leases, unknown] = await Promise.all([
    read(paths.leases, parseLeases),
    read(paths.unknown, (text) => parseUnknown(text, pool)),
  ]);
  return { name, leases, unknown };
}
