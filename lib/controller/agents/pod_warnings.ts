/** What kubelets say in Events about pods that they cannot set up: their status has no word of it. */

import type { Pod } from "../../api/workload/pod.ts";
import { EVENTS } from "../../api/resources.ts";
import { isStatus, type KubeClient } from "../../kube/contract.ts";
import { isBeingSetUp } from "../../reconcile/agent_deployment/pod_trouble.ts";
import { lastWarningOf } from "../../reconcile/agent_deployment/pod_warning.ts";

/** A pod that is set up in this time needs no question. */
const FIRST_LOOK_MS = 5000;
const LOOK_MS = 30_000;

/** Events about one pod that are read. */
const EVENTS_MAX = 100;

/** Warnings about the pods of pools. */
export class PodWarnings {
  /** By pool and UID; empty where nothing is known yet. */
  readonly #byPool = new Map<string, ReadonlyMap<string, string>>();

  /** @param namespace That of the agents. */
  constructor(readonly client: Pick<KubeClient, "list">, readonly namespace: string) {}

  of(poolKey: string): ReadonlyMap<string, string> {
    return this.#byPool.get(poolKey) ?? new Map();
  }

  /**
   * Reads what is said about those pods of a pool that have been waiting since the last look.
   *
   * @returns When to look again; `undefined` when no pod waits.
   */
  async look(
    poolKey: string,
    pods: readonly Pod[],
    signal: AbortSignal,
  ): Promise<number | undefined> {
    const uids = pods.filter(isBeingSetUp).map(({ metadata: { uid = "" } }) => uid);
    if (uids.length === 0) {
      this.#byPool.delete(poolKey);
      return undefined;
    }
    const known = this.of(poolKey);
    const warnings = new Map<string, string>();
    for (const uid of uids) {
      warnings.set(uid, known.has(uid) ? await this.#read(uid, signal) : "");
    }
    this.#byPool.set(poolKey, warnings);
    return uids.every((uid) => known.has(uid)) ? LOOK_MS : FIRST_LOOK_MS;
  }

  /** Without the right to read Events, the condition says where to find them. */
  async #read(uid: string, signal: AbortSignal): Promise<string> {
    try {
      const { items } = await this.client.list(EVENTS, {
        namespace: this.namespace,
        fieldSelector: `regarding.uid=${uid},type=Warning`,
        limit: EVENTS_MAX,
        signal,
      });
      return lastWarningOf(items) ?? "";
    } catch (error) {
      if (isStatus(error, 400, 403, 404)) return "";
      throw error;
    }
  }
}
