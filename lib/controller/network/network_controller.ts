/** Labels VM networks with the pools that serve them. */

import { errorOf } from "../../base/errors.ts";
import type { IPPool } from "../../api/ippool/ippool.ts";
import type { NetworkAttachmentDefinition } from "../../api/network_attachment_definition.ts";
import { type KubeObject, namespacedNameOf } from "../../api/meta.ts";
import { defined } from "../../base/json.ts";
import { isNamespaceGoing, isStatus } from "../../kube/contract.ts";
import type { Logger } from "../../observe/logger.ts";
import { activePoolOf, type PoolView } from "../../reconcile/ippool/pool_view.ts";
import {
  type LabelPatch,
  planNetworkLabels,
  planNoNetworkLabels,
  planNoStaleLabels,
} from "../../reconcile/network/network_labels.ts";
import { networkOfPool } from "../../reconcile/raw_fields.ts";
import type { PoolViews } from "../ippool/pool_views.ts";
import { type ControllerDescriptor, watch } from "../runtime/controller_set.ts";
import type { Change } from "../runtime/fresh_cache.ts";
import type { ObjectWriter } from "../runtime/object_writer.ts";

/** The one writer of the labels. */
export class NetworkLabels {
  #isRefusalLogged = false;

  constructor(
    readonly networks: ObjectWriter<NetworkAttachmentDefinition>,
    readonly log: Logger,
  ) {}

  /** Takes away what names a pool that is about to go. */
  async drop(pool: PoolView, signal: AbortSignal): Promise<void> {
    if (pool.network === undefined) return;
    await this.write(pool.network, (nad) => planNoNetworkLabels(nad, pool), signal);
  }

  /**
   * Writes what is planned for a network, if there is one.
   *
   * @returns Whether the API server allows it.
   */
  async write(
    network: string,
    plan: (nad: NetworkAttachmentDefinition) => LabelPatch | undefined,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { networks, log } = this;
    try {
      await networks.settle(network, async () => {
        const nad = networks.cache.get(network);
        const labels = nad?.parsed.ok ? plan(nad.parsed.value) : undefined;
        if (nad && labels) {
          await this.#label(nad.object, labels, signal);
          this.#isRefusalLogged = false;
        }
        return "settled";
      }, signal);
      return true;
    } catch (error) {
      // Roles of the Go version cannot do this; only tools miss the labels.
      if (!isStatus(error, 403)) throw error;
      if (!this.#isRefusalLogged) {
        log.log("warn", "VM networks cannot be labelled with their pools", {
          network,
          error: errorOf(error),
        });
      }
      this.#isRefusalLogged = true;
      return false;
    }
  }

  /** The released role of the Go version's chart has the right to update networks, and none to patch them. */
  async #label(nad: KubeObject, labels: LabelPatch, signal: AbortSignal): Promise<void> {
    try {
      await this.networks.patchMetadata(nad, { labels }, signal);
    } catch (refusal) {
      if (!isStatus(refusal, 403) || isNamespaceGoing(refusal)) throw refusal;
      try {
        await this.#update(nad, labels, signal);
      } catch (error) {
        throw isStatus(error, 403) ? refusal : error;
      }
    }
  }

  /** @throws {StatusError} 409 when it is not the version any more that was planned from. */
  async #update(nad: KubeObject, labels: LabelPatch, signal: AbortSignal): Promise<void> {
    const whole = await this.networks.read(namespacedNameOf(nad), signal);
    if (whole === undefined) return;
    const metadata = {
      ...whole.metadata,
      labels: patched(whole.metadata.labels ?? {}, labels),
      ...defined({ resourceVersion: nad.metadata.resourceVersion }),
    };
    await this.networks.replace({ ...whole, metadata }, signal);
  }
}

/** Labels of an object after a patch of them. */
function patched(labels: Readonly<Record<string, string>>, patch: LabelPatch) {
  const all = Object.entries({ ...labels, ...patch });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

/** Time after which a refused label is tried again: somebody may have allowed it. */
const REFUSED_AGAIN_MS = 10 * 60_000;

/** Keeps each VM network labelled with the pool that serves it. */
export function networkController(labels: NetworkLabels, views: PoolViews): ControllerDescriptor {
  return {
    name: "vm-dhcp-network-controller",
    workers: 4,
    isOptional: true,
    watches: [
      watch(labels.networks, ({ key, isOwnWrite }) => isOwnWrite ? [] : [key]),
      watch(views.ippools, networksAfterPool),
    ],
    async reconcile(network, signal) {
      const isAllowed = await labels.write(network, (nad) => {
        const active = activePoolOf(views.onNetwork(network));
        return active === undefined
          ? planNoStaleLabels(nad, (pool) => views.get(pool) !== undefined)
          : planNetworkLabels(nad, active);
      }, signal);
      return isAllowed ? {} : { requeueAfterMs: REFUSED_AGAIN_MS };
    },
  };
}

/** A pool concerns its network when it comes or goes, not when its record changes. */
export function networksAfterPool({ before, after }: Change<IPPool>): readonly string[] {
  const [was, is] = [before, after].map((pool) => pool && networkOfPool(pool));
  const isSame = was === is &&
    before?.object.metadata.uid === after?.object.metadata.uid &&
    before?.object.metadata.deletionTimestamp === after?.object.metadata.deletionTimestamp;
  return isSame ? [] : [was, is].filter((network) => network !== undefined);
}
