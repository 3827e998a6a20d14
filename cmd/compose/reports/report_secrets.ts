/** Keeps the Secrets of agents in the cluster. */

import { type JsonObject, objectAt } from "../../../lib/base/json.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import {
  formatNamespacedName,
  type KubeObject,
  type NamespacedName,
  namespacedNameOf,
} from "../../../lib/api/meta.ts";
import { SECRETS } from "../../../lib/api/resources.ts";
import { OneAtATime } from "../../../lib/controller/agents/one_at_a_time.ts";
import {
  type ReportCredentials,
  type ReportSecrets,
  ReportSecretTaken,
} from "../../../lib/controller/agents/report/report_source.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import {
  AGENT_LABEL,
  AGENT_LABEL_VALUE,
  agentLabelsOf,
  IPPOOL_ANNOTATION,
  poolOfAgent,
  reportSecretNameOf,
} from "../../../lib/reconcile/agent_deployment/agent_names.ts";
import { makeSecretData, secretStateOf } from "./report_secret.ts";

/** Conflicts in a row after which the next attempt is the next reconcile's. */
const ATTEMPTS_MAX = 5;

/** How it reaches the cluster. */
export interface ClusterReportSecretsOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  /** That of the agents. */
  readonly namespace: string;
  readonly clock: Pick<Clock, "nowMs">;
}

/** The Secrets of a namespace, one for each pool. */
export class ClusterReportSecrets implements ReportSecrets {
  readonly #options: ClusterReportSecretsOptions;
  /** By pool: the controllers of agents and of Secrets may come at once. */
  readonly #turns = new OneAtATime();

  constructor(options: ClusterReportSecretsOptions) {
    this.#options = options;
  }

  ensure(pool: NamespacedName, signal: AbortSignal): Promise<ReportCredentials> {
    return this.#turns.run(formatNamespacedName(pool), () => this.#ensure(pool, signal));
  }

  async #ensure(pool: NamespacedName, signal: AbortSignal): Promise<ReportCredentials> {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#attempt(pool, signal);
      } catch (error) {
        // Another writer was faster, or made it first.
        if (!isStatus(error, 409) || attempt === ATTEMPTS_MAX || signal.aborted) throw error;
      }
    }
  }

  async #attempt(pool: NamespacedName, signal: AbortSignal): Promise<ReportCredentials> {
    const { client, clock } = this.#options;
    const stored = await this.#read(pool, signal);
    if (stored === undefined) {
      const { data, credentials } = await makeSecretData({}, clock.nowMs());
      await client.create(SECRETS, this.#objectOf(pool, data), { signal });
      return credentials;
    }
    const state = secretStateOf(stored, clock.nowMs());
    const owner = poolOfAgent(stored.metadata);
    // One that has lost its labels is known by what only this program writes.
    if (owner === undefined ? state.is === "bad" : owner !== formatNamespacedName(pool)) {
      throw new ReportSecretTaken(
        `Secret ${formatNamespacedName(namespacedNameOf(stored))} is in the way: it is not of ` +
          `ippool ${formatNamespacedName(pool)}; delete it, or give the pool another name`,
      );
    }
    if (state.is === "good") {
      if (!isMarked(stored, pool)) {
        await this.#replace(stored, pool, objectAt(stored, "data"), signal);
      }
      return state.credentials;
    }
    const { data, credentials } = await makeSecretData(state.content, clock.nowMs());
    await this.#replace(stored, pool, data, signal);
    return credentials;
  }

  async #replace(
    stored: KubeObject,
    pool: NamespacedName,
    data: JsonObject,
    signal: AbortSignal,
  ): Promise<void> {
    const { metadata: { labels, annotations }, ...object } = this.#objectOf(pool, data);
    const metadata = {
      ...stored.metadata,
      labels: { ...stored.metadata.labels, ...labels },
      annotations: { ...stored.metadata.annotations, ...annotations },
    };
    // The type of a Secret cannot be changed.
    const { type = "Opaque" } = stored;
    await this.#options.client.replace(SECRETS, { ...object, type, metadata }, { signal });
  }

  async #read(pool: NamespacedName, signal: AbortSignal): Promise<KubeObject | undefined> {
    const { client, namespace } = this.#options;
    try {
      return await client.get(SECRETS, { namespace, name: reportSecretNameOf(pool) }, signal);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }

  #objectOf(pool: NamespacedName, data: JsonObject): KubeObject {
    return {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        namespace: this.#options.namespace,
        name: reportSecretNameOf(pool),
        labels: agentLabelsOf(pool),
        annotations: { [IPPOOL_ANNOTATION]: formatNamespacedName(pool) },
      },
      type: "Opaque",
      data,
    };
  }
}

function isMarked({ metadata }: KubeObject, pool: NamespacedName): boolean {
  return poolOfAgent(metadata) === formatNamespacedName(pool) &&
    metadata.labels?.[AGENT_LABEL] === AGENT_LABEL_VALUE;
}
