/** What the webhook asks of the rules: they know the cluster, and it knows HTTP. */

import type { AdmissionRequest, Finding, Verdict } from "../admission/contract.ts";
import type { Defaults } from "../admission/defaults.ts";

/** The rules, and the cluster that they look at. */
export interface Rules {
  /** Whether the changes of a user are not judged. */
  trusts(user: string): boolean;
  judge(request: AdmissionRequest): Verdict;
  /** What a new object gets. */
  defaults(request: AdmissionRequest): Defaults;
  /** A sentence that says why a change is denied. */
  denial(request: AdmissionRequest, errors: readonly Finding[]): string;
}
