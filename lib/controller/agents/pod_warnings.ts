/**
 * What kubelets warn of in Events about pods that do not start, such as that Multus cannot attach them to
 * their network. The status of a pod does not say it.
 */

import { objectAt, stringAt } from "../../base/json.ts";
import type { Clock } from "../../base/clock.ts";
import type { KubeObject } from "../../api/meta.ts";
import { EVENTS } from "../../api/resources.ts";
import type { Pod } from "../../api/workload/pod.ts";
import { isStatus, type KubeClient } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";

/** A pod that starts needs no question, and one that hangs is asked about now and then. */
const PATIENCE_MS = 5000;
const PAUSE_MS = 15_000;

/** Events of one pod are few: Kubernetes counts those that come again. */
const EVENTS_MAX = 50;

/** What is needed to read Events. */
export interface PodWarningsOptions {
  readonly client: Pick<KubeClient, "list">;
  /** That of the pods. */
  readonly namespace: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The last warning about each pod that does not start. */
export class PodWarnings {
  readonly #options: PodWarningsOptions;
  /** By pool, by UID of a pod. */
  readonly #byPool = new Map<string, ReadonlyMap<string, string>>();
  /** By pool, when it was asked last, by the monotonic clock. */
  readonly #askedMs = new Map<string, number>();
  #isRefusalLogged = false;

  constructor(options: PodWarningsOptions) {
    this.#options = options;
  }

  /** By UID of a pod. */
  of(poolKey: string): ReadonlyMap<string, string> {
    return this.#byPool.get(poolKey) ?? new Map();
  }

  /**
   * Asks about the pods of a pool that do not start.
   *
   * @returns When to ask again; `undefined` when all have started.
   */
  async ask(
    poolKey: string,
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const { clock } = this.#options;
    const starting = pods.filter(isStarting);
    if (starting.length === 0) {
      this.forget(poolKey);
      return undefined;
    }
    const restMs = (this.#askedMs.get(poolKey) ?? -Infinity) + PAUSE_MS - clock.monotonicMs();
    if (restMs > 0) return restMs;
    const hanging = starting.filter((pod) => ageMsOf(pod, clock.nowMs()) >= PATIENCE_MS);
    if (hanging.length === 0) return PATIENCE_MS;
    this.#askedMs.set(poolKey, clock.monotonicMs());
    const warnings = new Map<string, string>();
    for (const { metadata: { uid } } of hanging) {
      const warning = uid === undefined ? undefined : await this.#lastWarning(uid, signal);
      if (uid !== undefined && warning !== undefined) warnings.set(uid, warning);
    }
    this.#byPool.set(poolKey, warnings);
    return PAUSE_MS;
  }

  /** Nothing is known of its pods. */
  forget(poolKey: string): void {
    this.#byPool.delete(poolKey);
    this.#askedMs.delete(poolKey);
  }

  async #lastWarning(uid: string, signal: AbortSignal): Promise<string | undefined> {
    const { client, namespace, log } = this.#options;
    try {
      const { items } = await client.list(EVENTS, {
        namespace,
        fieldSelector: `regarding.uid=${uid},type=Warning`,
        limit: EVENTS_MAX,
        signal,
      });
      this.#isRefusalLogged = false;
      const [newest] = items.toSorted((a, b) => timeOf(b).localeCompare(timeOf(a)));
      return newest && `${stringAt(newest, "reason")}: ${stringAt(newest, "note")}`;
    } catch (error) {
      // Without them, the condition says how to find out.
      if (!isStatus(error, 400, 403, 404)) throw error;
      if (!this.#isRefusalLogged) {
        log.log("warn", "Events about the pods of agents cannot be read", { error });
      }
      this.#isRefusalLogged = true;
      return undefined;
    }
  }
}

/** It has a node, and its node has not started it. */
function isStarting({ nodeName, phase, metadata }: Pod): boolean {
  return nodeName !== "" && phase === "Pending" && metadata.deletionTimestamp === undefined;
}

function ageMsOf({ metadata: { creationTimestamp = "" } }: Pod, nowMs: number): number {
  const createdMs = Date.parse(creationTimestamp);
  return Number.isNaN(createdMs) ? Infinity : nowMs - createdMs;
}

/** RFC 3339 texts of UTC, which are in the order of time. */
function timeOf(event: KubeObject): string {
  return stringAt(objectAt(event, "series"), "lastObservedTime") ||
    stringAt(event, "deprecatedLastTimestamp") || stringAt(event, "eventTime");
}
