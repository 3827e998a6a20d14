/** Objects that were made from manifests which are gone. */

import type { Clock } from "../base/clock.ts";
import { messageOf } from "../base/errors.ts";
import { type NamespacedName, namespacedNameOf, type ResourceType } from "../api/meta.ts";
import {
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../api/resources.ts";
import { isStatus, type KubeClient } from "../kube/contract.ts";
import type { CheckedManifests, ManifestTarget } from "./check_manifests.ts";
import { ManifestError, namesOf } from "./manifest_error.ts";
import { selectorOf } from "./manifest_mark.ts";
import { describe, listAll } from "./manifest_writes.ts";

/**
 * In the order in which they can be removed: a pool stays while a VM is on its network, and the network, on
 * which that VM is answered, as long as the pool.
 */
const KINDS: readonly ResourceType[] = [
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  IPPOOLS,
  NETWORK_ATTACHMENT_DEFINITIONS,
];

/** How long removed objects are waited for, and how often they are looked for. */
const GONE_MS_MAX = 5000;
const LOOK_MS = 50;

/** An object without its manifest. */
export interface Orphan {
  readonly type: ResourceType;
  readonly name: NamespacedName;
}

/**
 * Finds the objects with the mark of manifests that no manifest has any more. Those that are being
 * deleted are left out.
 */
export async function findOrphans(
  client: KubeClient,
  { objects: kept, mark }: Pick<CheckedManifests, "objects" | "mark">,
  signal: AbortSignal,
): Promise<readonly Orphan[]> {
  if (mark === undefined) return [];
  const options = { labelSelector: selectorOf(mark), signal };
  const names = new Set(kept.map(describe));
  const orphans: Orphan[] = [];
  for (const type of KINDS) {
    for await (const object of listAll(client, type, options)) {
      const orphan = { type, name: namespacedNameOf(object) };
      const isGoing = object.metadata.deletionTimestamp !== undefined;
      if (!isGoing && !names.has(describe(orphan))) orphans.push(orphan);
    }
  }
  return orphans;
}

/**
 * Removes objects without a manifest.
 *
 * @param kept What the manifests have. When that is nothing at all, nothing is removed: a folder may
 * just be on its way.
 * @throws {ManifestError} that names those which cannot be removed, and why.
 */
export async function removeOrphans(
  { client, clock }: Pick<ManifestTarget, "client" | "clock">,
  orphans: readonly Orphan[],
  kept: readonly Orphan[],
  signal: AbortSignal,
): Promise<void> {
  if (orphans.length === 0) return;
  if (kept.length === 0) {
    throw new ManifestError(
      "the manifests have no object at all, so nothing is removed; delete with kubectl what is to " +
        `go: ${namesOf(orphans.map(describe))}`,
    );
  }
  for (const [i, type] of KINDS.entries()) {
    const reasons: string[] = [];
    const ofKind = orphans.filter((each) => each.type === type);
    for (const orphan of ofKind) {
      try {
        await client.delete(type, orphan.name);
      } catch (error) {
        if (!isStatus(error, 404)) reasons.push(`${describe(orphan)}: ${messageOf(error)}`);
      }
    }
    if (reasons.length > 0) {
      const lines = ["objects whose manifests are gone cannot be removed:", ...reasons];
      throw new ManifestError(lines.join("\n"));
    }
    const areMoreToGo = orphans.some((each) => KINDS.indexOf(each.type) > i);
    if (areMoreToGo) await awaitGone(client, ofKind, clock, signal);
  }
}

/** Waits for finalizers, but not for ever: what depends on the objects is refused then, and says why. */
async function awaitGone(
  client: KubeClient,
  orphans: readonly Orphan[],
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  const endMs = clock.monotonicMs() + GONE_MS_MAX;
  for (const { type, name } of orphans) {
    while (await isThere(client, type, name) && clock.monotonicMs() < endMs) {
      await clock.sleep(LOOK_MS, signal);
      signal.throwIfAborted();
    }
  }
}

async function isThere(client: KubeClient, type: ResourceType, name: NamespacedName) {
  try {
    await client.get(type, name);
    return true;
  } catch (error) {
    if (isStatus(error, 404)) return false;
    throw error;
  }
}
