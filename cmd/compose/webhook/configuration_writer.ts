/** Makes the webhook's configurations in the cluster, and repairs what somebody has changed of them. */

import type { Clock } from "../../../lib/base/clock.ts";
import type { KubeObject, OwnerReference } from "../../../lib/api/meta.ts";
import { isStatus, type KubeClient } from "../../../lib/kube/contract.ts";
import {
  configurationToWrite,
  trustedIn,
  type WantedConfiguration,
  wantedConfigurations,
  type WebhookPlace,
} from "./configurations.ts";
import { readOwner } from "./owner.ts";
import { TrustedAuthorities } from "./trusted_authorities.ts";

/** Conflicts in a row after which the next look tries again. */
const ATTEMPTS_MAX = 5;

/** How it reaches the cluster. */
export interface ConfigurationWriterOptions {
  readonly client: Pick<KubeClient, "get" | "create" | "replace">;
  readonly place: WebhookPlace;
  readonly clock: Pick<Clock, "monotonicMs">;
}

/** What both have in common. */
interface HowToWrite {
  readonly authorities: readonly string[];
  readonly nowMs: number;
  readonly owner: Promise<OwnerReference | undefined>;
}

/** The configurations in the cluster. */
export class ConfigurationWriter {
  readonly #options: ConfigurationWriterOptions;
  readonly #wanted: readonly WantedConfiguration[];
  /** By kind, what the last write has led to: an old API server leaves out what it does not know. */
  readonly #written = new Map<string, string>();
  /** By kind. */
  readonly #trusted: ReadonlyMap<string, TrustedAuthorities>;

  constructor(options: ConfigurationWriterOptions) {
    this.#options = options;
    this.#wanted = wantedConfigurations(options.place);
    this.#trusted = new Map(this.#wanted.map(({ type }) => [type.kind, new TrustedAuthorities()]));
  }

  /**
   * Has both configurations trust these authorities, and former ones that other replicas may use yet.
   *
   * @param authorities PEM texts; none to leave alone what is trusted.
   */
  async ensure(
    authorities: readonly string[],
    nowMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, place: { name } } = this.#options;
    const owner = readOwner(client, name, signal);
    const ended = await Promise.allSettled(
      this.#wanted.map((wanted) => this.#ensureOne(wanted, { authorities, nowMs, owner }, signal)),
    );
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }

  async #ensureOne(wanted: WantedConfiguration, how: HowToWrite, signal: AbortSignal) {
    for (let attempt = 1;; attempt++) {
      try {
        return await this.#attempt(wanted, how, signal);
      } catch (error) {
        // Another replica was faster.
        if (!isStatus(error, 409) || attempt === ATTEMPTS_MAX || signal.aborted) throw error;
      }
    }
  }

  async #attempt(
    wanted: WantedConfiguration,
    how: HowToWrite,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, place: { name }, clock } = this.#options;
    const { type } = wanted;
    const [owner, stored] = await Promise.all([how.owner, this.#read(wanted, signal)]);
    const { authorities, nowMs } = how;
    const now = { nowMs, monotonicMs: clock.monotonicMs() };
    const caBundle = authorities.length === 0
      ? undefined
      : this.#trusted.get(type.kind)!.with(authorities, trustedIn(stored), now);
    const object = configurationToWrite(wanted, { name, caBundle, owner, stored });
    if (object === undefined) return;
    const written = markOf(stored, object);
    if (this.#written.get(type.kind) === written) return;
    const result = stored === undefined
      ? await client.create(type, object, { signal })
      : await client.replace(type, object, { signal });
    this.#written.set(type.kind, markOf(result, object));
  }

  async #read({ type }: WantedConfiguration, signal: AbortSignal): Promise<KubeObject | undefined> {
    const { client, place: { name } } = this.#options;
    try {
      return await client.get(type, { namespace: "", name }, signal);
    } catch (error) {
      if (isStatus(error, 404)) return undefined;
      throw error;
    }
  }
}

/** What was written, and the version that it made or is to change. */
function markOf(stored: KubeObject | undefined, { metadata, webhooks }: KubeObject): string {
  const { labels, ownerReferences } = metadata;
  return JSON.stringify([stored?.metadata.resourceVersion, labels, ownerReferences, webhooks]);
}
