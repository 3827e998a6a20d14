/** What the webhook asks of the rules: they know the cluster, and it knows HTTP. */

import type { AdmissionRequest } from "../admission/contract.ts";
import type { PatchStep } from "../api/admission_review/review_answer.ts";
import type { FieldError } from "../api/meta.ts";

/** What one rule has found. */
export interface Finding extends FieldError {
  /** The name of the rule. */
  readonly check: string;
}

/** What the rules make of a change. */
export interface Verdict {
  /** Why it is denied; empty when it is not. */
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

/** Steps that fill in what an object leaves open, or why that cannot be done. */
export type Defaults =
  | { readonly ok: true; readonly patch: readonly PatchStep[] }
  | { readonly ok: false; readonly errors: readonly FieldError[] };

/** The rules, and the cluster that they look at. */
export interface Rules {
  /** Whether the changes of a user are not judged. */
  trusts(user: string): boolean;
  judge(request: AdmissionRequest): Verdict;
  /** What a new object gets. */
  defaults(request: AdmissionRequest): Defaults;
  /** A sentence that says why a change is denied. */
  denial(request: AdmissionRequest, errors: readonly FieldError[]): string;
}
