/** What an API server asks of the admission rules before it stores a change. */

import type { KubeObject, ResourceType } from "../api/meta.ts";

/** A change that is about to be stored (AdmissionReview of `admission.k8s.io/v1`, without transport). */
export interface AdmissionRequest {
  readonly type: ResourceType;
  readonly operation: "CREATE" | "UPDATE" | "DELETE";
  /** The object as it would be stored; absent for `DELETE`. */
  readonly object?: KubeObject;
  /** The object as it is stored; absent for `CREATE`. */
  readonly oldObject?: KubeObject;
}
