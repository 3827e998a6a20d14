/** The answer to an AdmissionReview. */

import type { JsonObject } from "../../base/json.ts";
import type { JsonPatchStep } from "../json_patch.ts";
import type { FieldError } from "../meta.ts";

/** Why a change is refused. */
export interface Refusal {
  /** The object that is not stored; kubectl names it by this alone. */
  readonly about: { readonly group: string; readonly kind: string; readonly name: string };
  /** The whole reason as people read it, after the name of the webhook. */
  readonly message: string;
  /** The same for programs, field by field. */
  readonly errors: readonly FieldError[];
}

/** What is answered. */
export interface ReviewAnswer {
  readonly uid: string;
  /** Absent: the change may be stored. */
  readonly refusal?: Refusal | undefined;
  /** Sentences for the author of the change. */
  readonly warnings?: readonly string[];
  /** What else changes in the object. */
  readonly patch?: readonly JsonPatchStep[];
  /** For the audit log of the API server, which puts the name of the webhook before each key. */
  readonly auditAnnotations?: Readonly<Record<string, string>>;
}

/** HTTP status of a refusal, as the API server has it for an object that breaks its schema. */
const UNPROCESSABLE = 422;

/** Formats an answer as an AdmissionReview in JSON. */
export function formatReviewAnswer(
  { uid, refusal, warnings = [], patch = [], auditAnnotations = {} }: ReviewAnswer,
): string {
  const hasPatch = refusal === undefined && patch.length > 0;
  return JSON.stringify({
    apiVersion: "admission.k8s.io/v1",
    kind: "AdmissionReview",
    response: {
      uid,
      allowed: refusal === undefined,
      ...(refusal === undefined ? {} : { status: statusOf(refusal) }),
      ...(warnings.length === 0 ? {} : { warnings }),
      ...(hasPatch ? { patchType: "JSONPatch", patch: base64Of(JSON.stringify(patch)) } : {}),
      ...(Object.keys(auditAnnotations).length === 0 ? {} : { auditAnnotations }),
    },
  });
}

function statusOf({ about, message, errors }: Refusal): JsonObject {
  const causes = errors.map((error) => ({ reason: "FieldValueInvalid", ...error }));
  return {
    status: "Failure",
    code: UNPROCESSABLE,
    reason: "Invalid",
    message,
    details: { ...about, causes },
  };
}

function base64Of(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
