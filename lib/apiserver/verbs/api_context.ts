/** The parts of the server that the verbs work with. */

import type { Admission } from "../request/admission.ts";
import type { GroupCommit } from "../store/group_commit.ts";
import type { ObjectStore } from "../store/object_store.ts";
import type { ResourceRegistry } from "../kinds/resource_registry.ts";
import type { WatchHub } from "../store/watch_hub.ts";

/** The parts of a running server. */
export interface ApiContext {
  /** The kinds that it serves. */
  readonly registry: ResourceRegistry;
  readonly store: ObjectStore;
  /** Where writes of clients go. */
  readonly commits: GroupCommit;
  readonly hub: WatchHub;
  readonly admission: Admission;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

/** What a write answers. */
export interface WriteAnswer {
  /** HTTP status. */
  readonly code: number;
  /** The object, or a `Status`. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Sentences for the Warning header (RFC 9111 section 5.5, kept by Kubernetes). */
  readonly warnings: readonly string[];
}
