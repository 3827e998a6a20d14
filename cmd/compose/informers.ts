/** The controller with what it needs of the API: synced caches and an event recorder. */

import type { IPPool } from "../../lib/api/ippool/ippool.ts";
import type { KubeObject, Observed, Parsed, ResourceType } from "../../lib/api/meta.ts";
import {
  type NetworkAttachmentDefinition,
  parseNetworkAttachmentDefinition,
} from "../../lib/api/network_attachment_definition.ts";
import { parseIPPool } from "../../lib/api/ippool/parse_ippool.ts";
import { parseVirtualMachineNetworkConfig } from "../../lib/api/vmnetcfg/parse_vmnetcfg.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../lib/api/resources.ts";
import type { VirtualMachineNetworkConfig } from "../../lib/api/vmnetcfg/vmnetcfg.ts";
import type { Informer, KubeClient } from "../../lib/kube/contract.ts";
import {
  type ClosableEventRecorder,
  createEventRecorder,
} from "../../lib/kube/events/event_recorder.ts";
import { createInformer, type InformerOptions } from "../../lib/kube/cache/informer.ts";
import { IPPOOL_INDEXES, VMNETCFG_INDEXES } from "../../lib/reconcile/indexes.ts";
import { CommandError } from "../cli/command.ts";
import type { ProcessParts } from "./process_parts.ts";

/** The caches of a controller. */
export interface ControllerInformers {
  readonly ippools: Informer<Observed<IPPool>>;
  readonly vmnetcfgs: Informer<Observed<VirtualMachineNetworkConfig>>;
  readonly nads: Informer<Observed<NetworkAttachmentDefinition>>;
}

/** Makes informers of all kinds that the controller reads; nothing is requested yet. */
export function createInformers(client: KubeClient, parts: ProcessParts): ControllerInformers {
  function inform<T>(
    type: ResourceType,
    parse: (raw: unknown) => Parsed<T>,
    indexes: NonNullable<InformerOptions<Observed<T>>["indexes"]> = {},
  ): Informer<Observed<T>> {
    const convert = (object: KubeObject) => ({ object, parsed: parse(object) });
    return createInformer({ ...parts, client, type, convert, indexes });
  }
  return {
    ippools: inform(IPPOOLS, parseIPPool, IPPOOL_INDEXES),
    vmnetcfgs: inform(
      VIRTUAL_MACHINE_NETWORK_CONFIGS,
      parseVirtualMachineNetworkConfig,
      VMNETCFG_INDEXES,
    ),
    nads: inform(NETWORK_ATTACHMENT_DEFINITIONS, parseNetworkAttachmentDefinition),
  };
}

/** Sentences that say which caches are not there yet; empty when all are synced. */
export function unsyncedOf(informers: ControllerInformers): readonly string[] {
  return Object.entries(informers)
    .filter(([, { synced }]) => !synced)
    .map(([kind]) => `the cache of ${kind} is not synced with the API server`);
}

/** As controller-runtime's default: what lasts longer, a restart is more likely to mend. */
const SYNC_MS_MAX = 120_000;

/**
 * Waits until all caches are synced, or the signal aborts.
 *
 * @throws {CommandError} that names the caches and what to look at, after two minutes.
 */
export async function requireSync(
  informers: ControllerInformers,
  { clock }: Pick<ProcessParts, "clock">,
  signal: AbortSignal,
): Promise<void> {
  const waiting = new AbortController();
  const tooLate = clock.sleep(SYNC_MS_MAX, AbortSignal.any([signal, waiting.signal]));
  const synced = Promise.all(Object.values(informers).map((informer) => informer.whenSynced()));
  try {
    // An informer that ends before it is synced ends because the signal has aborted.
    await Promise.race([tooLate, synced.catch(() => tooLate)]);
  } finally {
    waiting.abort();
  }
  const missing = unsyncedOf(informers);
  if (missing.length === 0 || signal.aborted) return;
  throw new CommandError(
    `gave up after ${SYNC_MS_MAX / 1000} s: ${missing.join("; ")}. The log says what the API ` +
      "server answers. Are the definitions there (vm-dhcp crds), and may this identity list and " +
      "watch these kinds?",
  );
}

/** Runs all informers until the signal aborts. */
export async function runInformers(
  informers: ControllerInformers,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(Object.values(informers).map((informer) => informer.run(signal)));
}

/** Makes the recorder of a process on this host. */
export function createRecorder(client: KubeClient, parts: ProcessParts): ClosableEventRecorder {
  return createEventRecorder({ ...parts, client, reportingInstance: Deno.hostname() });
}
