/** The files of `--manifests` as a part that standalone can do without, once there is a record. */

import { messageOf } from "../../../lib/base/errors.ts";
import { applyManifests } from "../../../lib/manifests/apply_manifests.ts";
import type { ManifestTarget } from "../../../lib/manifests/check_manifests.ts";
import type { OptionalParts, Part } from "../optional_parts.ts";
import type { ProcessParts } from "../process_parts.ts";

/** What to apply. */
export interface ManifestsOptions {
  readonly paths: readonly string[];
  /** Whether objects whose manifests are gone are removed. */
  readonly prune: boolean;
  readonly target: ManifestTarget;
  /** Told when objects were removed. */
  readonly onRemoved: () => void;
  /**
   * Told of a complaint, as a text of lines that editors jump to: of a new one, and of any when somebody
   * has asked.
   */
  readonly onComplaint: (complaint: string) => void;
}

/**
 * Applies the manifests now, and again at each call of `again()`. What is asked for is tried until it
 * succeeds, and the objects that are there are served in the meantime.
 */
export function startManifests(
  { paths, prune, target, onRemoved, onComplaint }: ManifestsOptions,
  { log }: ProcessParts,
  optional: OptionalParts,
): Part {
  let complaint: string | undefined;
  const part = optional.start({
    name: "manifests",
    attempt: async (signal) => {
      if (paths.length === 0) return;
      try {
        const applied = await applyManifests(target, { paths, prune, signal });
        const { written, unchanged, orphans } = applied;
        complaint = undefined;
        log.log("info", "manifests applied", { written, unchanged });
        if (prune && orphans.length > 0) {
          log.log("info", "objects removed whose manifests are gone", { objects: orphans });
          onRemoved();
        } else if (orphans.length > 0) {
          log.log("warn", "objects stay whose manifests are gone: delete them, or use --prune", {
            objects: orphans,
          });
        }
      } catch (error) {
        const said = complaint;
        complaint = messageOf(error);
        if (complaint !== said && !signal.aborted) onComplaint(complaint);
        throw error;
      }
    },
  });
  return {
    get problem() {
      return part.problem;
    },
    attempted: part.attempted,
    again: () => {
      complaint = undefined;
      part.again();
    },
  };
}
