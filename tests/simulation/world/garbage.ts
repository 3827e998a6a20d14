/** The garbage collector of kube-controller-manager: what an object owned goes after it. */

import type { KubeObject, ResourceType } from "../../../lib/api/meta.ts";
import { namespacedNameOf } from "../../../lib/api/meta.ts";
import { isStatus } from "../../../lib/kube/contract.ts";
import {
  IPPOOLS,
  VIRTUAL_MACHINE_INSTANCES,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
} from "../../../lib/api/resources.ts";
import type { World } from "./world.ts";

/** Kinds that others own. */
const OWNED: readonly ResourceType[] = [
  IPPOOLS,
  VIRTUAL_MACHINE_NETWORK_CONFIGS,
  VIRTUAL_MACHINE_INSTANCES,
];

/** Longest time until the collector has looked. */
const LATE_MS_MAX = 5000;

/** Deletes objects whose owners are all gone, a while later. */
export function collectGarbage(world: World): void {
  const { api, clock } = world;
  const chance = world.chance("garbage");
  const living = new Set<string>();

  function isOrphan({ metadata: { ownerReferences = [] } }: KubeObject): boolean {
    return ownerReferences.length > 0 && ownerReferences.every(({ uid }) => !living.has(uid));
  }

  function look(): void {
    for (const type of OWNED) {
      for (const object of api.list(type)) {
        if (object.metadata.deletionTimestamp !== undefined || !isOrphan(object)) continue;
        try {
          api.delete({ type, by: "garbage collector" }, namespacedNameOf(object));
        } catch (error) {
          if (!isStatus(error, 404)) throw error;
        }
      }
    }
  }

  api.onCommit(({ after, gone }) => {
    if (after?.metadata.uid !== undefined) living.add(after.metadata.uid);
    const isCause = gone !== undefined || (after !== undefined && isOrphan(after));
    if (gone?.metadata.uid !== undefined) living.delete(gone.metadata.uid);
    if (isCause) clock.after(chance() * LATE_MS_MAX, look);
  });
}
