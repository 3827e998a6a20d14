/**
 * What a controller has made is taken back, so that nothing is left of it but what people declared and
 * who has which address. Only the leader may do this: others would make everything again.
 */

import type { Clock } from "../base/clock.ts";
import {
  type KubeObject,
  type NamespacedName,
  namespacedNameOf,
  type ResourceType,
} from "../api/meta.ts";
import {
  DEPLOYMENTS,
  IPPOOLS,
  POD_DISRUPTION_BUDGETS,
  ROLE_BINDINGS,
  ROLES,
  SECRETS,
  SERVICE_ACCOUNTS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../api/resources.ts";
import type { Logger } from "../observe/logger.ts";
import {
  type DeleteOptions,
  isStatus,
  type KubeClient,
  type ListOptions,
} from "../kube/contract.ts";
import { AGENT_SELECTOR } from "../reconcile/agent_deployment/agent_names.ts";
import { IPPOOL_FINALIZER, VMNETCFG_FINALIZER } from "../reconcile/names.ts";

/** Agents first: what gives them their rights is still there when they end. */
const IN_THEIR_NAMESPACE = [DEPLOYMENTS, POD_DISRUPTION_BUDGETS, SECRETS, SERVICE_ACCOUNTS];
const WITH_THE_POOLS = [ROLE_BINDINGS, ROLES];

const FINALIZERS: readonly (readonly [ResourceType, string])[] = [
  [VIRTUAL_MACHINE_NETWORK_CONFIGS, VMNETCFG_FINALIZER],
  [IPPOOLS, IPPOOL_FINALIZER],
];

const PAGE = 100;

/** How often an object is read again that somebody else writes at the same time. */
const ATTEMPTS_MAX = 10;

/** How long pods of the controller may take to end. That of a node that is lost never does. */
const END_MS_MAX = 60_000;
const END_POLL_MS = 500;

/** How the cluster is reached, and the place of what happened. */
export interface Uninstalling {
  readonly client: Pick<KubeClient, "get" | "list" | "mergePatch" | "delete">;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

/**
 * Deletes the Deployment of the controller, and waits until its pods are gone. One that stands by on
 * another node may end later than the one that leads: it would lead once everything is taken back, and
 * make it again.
 */
export async function endController(
  parts: Uninstalling & { readonly clock: Clock },
  name: NamespacedName,
): Promise<void> {
  const { clock, log, signal } = parts;
  await remove(parts, DEPLOYMENTS, name, { propagationPolicy: "Foreground" });
  const endMs = clock.monotonicMs() + END_MS_MAX;
  while (!signal.aborted && await isThere(parts, DEPLOYMENTS, name)) {
    if (clock.monotonicMs() >= endMs) {
      log.log("warn", "pods of the controller do not end", { ...name });
      return;
    }
    await clock.sleep(END_POLL_MS, signal);
  }
}

/** Ends the agents of all pools, and deletes what belongs to them. @param namespace Theirs. */
export async function removeAgents(parts: Uninstalling, namespace: string): Promise<void> {
  const ours = { labelSelector: AGENT_SELECTOR };
  for (const type of IN_THEIR_NAMESPACE) await removeAll(parts, type, { ...ours, namespace });
  for (const type of WITH_THE_POOLS) await removeAll(parts, type, ours);
}

/**
 * Takes our finalizers from all pools and from what VMs claim, which nobody else would do: without a
 * controller, they could not be deleted any more. The record of addresses stays as it is.
 */
export async function removeFinalizers(parts: Uninstalling): Promise<void> {
  for (const [type, finalizer] of FINALIZERS) {
    let count = 0;
    for await (const object of objectsOf(parts, type, {})) {
      if (await removeFinalizer(parts, type, object, finalizer)) count++;
    }
    parts.log.log("info", "finalizers removed", { kind: type.kind, count });
  }
}

/** Deletes an object that may be gone. */
async function remove(
  { client, log, signal }: Uninstalling,
  type: ResourceType,
  name: NamespacedName,
  options: DeleteOptions = {},
): Promise<void> {
  try {
    await client.delete(type, name, { ...options, signal });
    log.log("info", "deleted", { kind: type.kind, ...name });
  } catch (error) {
    if (!isStatus(error, 404)) throw error;
  }
}

async function isThere(
  { client, signal }: Uninstalling,
  type: ResourceType,
  name: NamespacedName,
): Promise<boolean> {
  try {
    await client.get(type, name, signal);
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}

async function removeAll(
  parts: Uninstalling,
  type: ResourceType,
  options: ListOptions,
): Promise<void> {
  for await (const object of objectsOf(parts, type, options)) {
    await remove(parts, type, namespacedNameOf(object));
  }
}

async function removeFinalizer(
  { client, signal }: Uninstalling,
  type: ResourceType,
  found: KubeObject,
  finalizer: string,
): Promise<boolean> {
  const name = namespacedNameOf(found);
  let object = found;
  for (let attempt = 1;; attempt++) {
    const { finalizers = [], resourceVersion } = object.metadata;
    if (!finalizers.includes(finalizer)) return false;
    const kept = finalizers.filter((each) => each !== finalizer);
    try {
      const patch = { metadata: { finalizers: kept, resourceVersion: resourceVersion ?? "" } };
      await client.mergePatch(type, name, patch, { answer: "metadata", signal });
      return true;
    } catch (error) {
      if (isStatus(error, 404)) return false;
      if (!isStatus(error, 409) || attempt === ATTEMPTS_MAX) throw error;
      object = await client.get(type, name, signal);
    }
  }
}

/** The names and finalizers of all objects of a kind; none where there is no such kind. */
async function* objectsOf(
  { client, signal }: Uninstalling,
  type: ResourceType,
  options: ListOptions,
): AsyncGenerator<KubeObject> {
  let next = "";
  do {
    const page = await listPage(client, type, {
      ...{ ...options, limit: PAGE, extract: withoutContents, signal },
      ...(next === "" ? {} : { continue: next }),
    });
    yield* page?.items ?? [];
    next = page?.continue ?? "";
  } while (next !== "");
}

async function listPage(client: Uninstalling["client"], type: ResourceType, options: ListOptions) {
  try {
    return await client.list(type, options);
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}

function withoutContents({ apiVersion, kind, metadata }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata };
}
