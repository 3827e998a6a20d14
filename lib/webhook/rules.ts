/** What the webhook asks of the rules: they know the cluster, and it knows HTTP. */

import type { AdmissionRequest, Finding, Verdict } from "../admission/contract.ts";
import type { Defaults } from "../admission/defaults.ts";

/** The rules, and the cluster that they look at. */
export interface Rules {
  /** Whether the changes of a user are not judged. */
  trusts(user: string): boolean;
  judge(request: AdmissionRequest): Verdict;
  /**
   * Whether what denies a change may be over already: rules look at caches, which are a moment behind.
   * What a rule finds in the object itself stays wrong.
   */
  mayPass(errors: readonly Finding[]): boolean;
  /** Waits for the next change of what the rules look at. @returns False when the signal aborted before. */
  changed(signal: AbortSignal): Promise<boolean>;
  /** What a new object gets. */
  defaults(request: AdmissionRequest): Defaults;
  /** A sentence that says why a change is denied. */
  denial(request: AdmissionRequest, errors: readonly Finding[]): string;
}
