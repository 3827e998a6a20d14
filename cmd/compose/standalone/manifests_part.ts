/** The files of `--manifests` as a part that standalone can do without, once there is a record. */

import { messageOf } from "../../../lib/base/errors.ts";
import type { KubeClient } from "../../../lib/kube/contract.ts";
import { applyManifests } from "../../../lib/manifests/apply_manifests.ts";
import type { OptionalParts, Part } from "../optional_parts.ts";
import type { ProcessParts } from "../process_parts.ts";

/** What to apply. */
export interface ManifestsOptions {
  readonly paths: readonly string[];
  readonly client: KubeClient;
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
  { paths, client, onComplaint }: ManifestsOptions,
  { log }: ProcessParts,
  optional: OptionalParts,
): Part {
  let complaint: string | undefined;
  const part = optional.start({
    name: "manifests",
    attempt: async (signal) => {
      try {
        const { written, unchanged } = await applyManifests(client, paths, signal);
        complaint = undefined;
        if (paths.length > 0) log.log("info", "manifests applied", { written, unchanged });
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
