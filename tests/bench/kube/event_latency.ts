/** The time from a write to the handler of a cache. */

import type { ResourceType } from "../../../lib/api/meta.ts";
import type { ClusterAccess } from "../../../lib/kube/access/cluster_access.ts";
import { createKubeClient } from "../../../lib/kube/client/rest_client.ts";
import { createClock } from "../../../lib/sys/host/clock.ts";
import { gadget, GADGET_TYPE } from "../../support/kube/gadget.ts";
import { setUpInformer } from "../../support/kube/informer_setup.ts";

/** Percentiles in milliseconds. */
export interface Percentiles {
  readonly p50: number;
  readonly p99: number;
}

/** The times of writes. */
export interface EventLatency {
  /** From sending a write to its answer. */
  readonly answer: Percentiles;
  /** From sending a write to the handler. */
  readonly handler: Percentiles;
  /** From the answer to the handler; below 0 where the event came first. */
  readonly behind: Percentiles;
}

const WARM_UP_WRITES = 200;
const WRITES = 1000;
const TYPE: ResourceType = GADGET_TYPE;

/** Changes one object again and again, each time after the cache has seen the last change. */
export async function measureEventLatency(
  access: ClusterAccess,
  namespace: string,
): Promise<EventLatency> {
  const clock = createClock();
  const { informer, log, registry, stop, run } = setUpInformer(
    { list: (...args) => client.list(...args), watch: (...args) => client.watch(...args) },
    clock,
    { type: TYPE, namespace },
  );
  const parts = { clock, random: Math.random, log, registry };
  const client = createKubeClient(access, { ...parts, userAgent: "vm-dhcp-bench" });
  let seen = Promise.withResolvers<number>();
  informer.onChange(() => seen.resolve(performance.now()));
  const ended = run();
  try {
    await informer.whenSynced();
    const at = { namespace, name: "probe" };
    await client.create(TYPE, { ...gadget("probe"), metadata: at });
    await seen.promise;
    const samples: { readonly answer: number; readonly handler: number }[] = [];
    for (let write = 0; write < WARM_UP_WRITES + WRITES; write++) {
      seen = Promise.withResolvers();
      const sentMs = performance.now();
      const patch = { metadata: { annotations: { write: String(write) } } };
      const answered = client.mergePatch(TYPE, at, patch).then(() => performance.now());
      const [answerMs, handlerMs] = await Promise.all([answered, seen.promise]);
      samples.push({ answer: answerMs - sentMs, handler: handlerMs - sentMs });
    }
    const measured = samples.slice(WARM_UP_WRITES);
    return {
      answer: percentiles(measured.map(({ answer }) => answer)),
      handler: percentiles(measured.map(({ handler }) => handler)),
      behind: percentiles(measured.map(({ answer, handler }) => handler - answer)),
    };
  } finally {
    stop.abort();
    await ended;
    client.close();
  }
}

function percentiles(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
