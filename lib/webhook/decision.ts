/** Decides about a review: which answer it gets, and what is told of it. */

import type { AdmissionRequest, Finding } from "../admission/contract.ts";
import type { ReviewRequest } from "../api/admission_review/admission_review.ts";
import type { ReviewAnswer } from "../api/admission_review/review_answer.ts";
import type { ResourceType } from "../api/meta.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";
import { defined } from "../base/json.ts";
import type { Rules } from "./rules.ts";

/** What became of a change. */
export type Outcome =
  | "allowed"
  | "denied"
  /** It is none that there are rules for. */
  | "passed"
  /** Its user is trusted. */
  | "trusted";

/** An answer, and what it is about. */
export interface Decision {
  readonly answer: ReviewAnswer;
  readonly outcome: Outcome;
  /** Whether it is a denial that may be over already. */
  readonly isProvisional: boolean;
  /** The rules that found something. */
  readonly findings: readonly Finding[];
}

const KINDS: readonly ResourceType[] = [IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS];

/** Which question a path asks. */
export type Question = "validation" | "mutation";

/** Decides about a review. */
export function decide(question: Question, review: ReviewRequest, rules: Rules): Decision {
  const request = requestOf(review);
  if (request === undefined) return passed(review, "passed");
  if (rules.trusts(review.user)) return passed(review, "trusted");
  return question === "validation"
    ? validate(review, request, rules)
    : fillIn(review, request, rules);
}

/** The change, if there are rules for it: status and finalizers are written by programs. */
function requestOf(review: ReviewRequest): AdmissionRequest | undefined {
  const { group, plural, operation, object, oldObject } = review;
  const type = KINDS.find((kind) => kind.group === group && kind.plural === plural);
  if (type === undefined || operation === "CONNECT" || review.subresource !== "") return undefined;
  return { type, operation, ...defined({ object, oldObject }) };
}

function validate(review: ReviewRequest, request: AdmissionRequest, rules: Rules): Decision {
  const { errors, warnings } = rules.judge(request);
  return {
    outcome: errors.length === 0 ? "allowed" : "denied",
    isProvisional: errors.length > 0 && rules.mayPass(errors),
    findings: [...errors, ...warnings],
    answer: {
      ...answerOf(review, request, rules, errors),
      warnings: warnings.map(({ field, message }) =>
        field === "" ? message : `${field}: ${message}`
      ),
      auditAnnotations: annotationsOf(errors, warnings),
    },
  };
}

function fillIn(review: ReviewRequest, request: AdmissionRequest, rules: Rules): Decision {
  if (request.operation !== "CREATE") return passed(review, "passed");
  const defaults = rules.defaults(request);
  const errors = (defaults.ok ? [] : defaults.errors)
    .map((error) => ({ check: "defaults", ...error }));
  const patch = defaults.ok ? defaults.patch : [];
  return {
    outcome: defaults.ok ? "allowed" : "denied",
    // What is filled in depends on the object alone.
    isProvisional: false,
    findings: errors,
    answer: { ...answerOf(review, request, rules, errors), patch },
  };
}

function answerOf(
  { uid }: ReviewRequest,
  request: AdmissionRequest,
  rules: Rules,
  errors: readonly Finding[],
): ReviewAnswer {
  if (errors.length === 0) return { uid };
  const causes = errors.map(({ field, message }) => ({ field, message }));
  const { type: { group, kind }, object, oldObject } = request;
  const name = (object ?? oldObject)?.metadata.name ?? "";
  const message = rules.denial(request, errors);
  return { uid, refusal: { about: { group, kind, name }, message, errors: causes } };
}

/** What the audit log is told, which has the warnings and the message in the answer nowhere. */
function annotationsOf(
  errors: readonly Finding[],
  warnings: readonly Finding[],
): Readonly<Record<string, string>> {
  return defined({ denied: checksOf(errors), warned: checksOf(warnings) });
}

function checksOf(findings: readonly Finding[]): string | undefined {
  if (findings.length === 0) return undefined;
  return [...new Set(findings.map(({ check }) => check))].join(",");
}

function passed({ uid }: ReviewRequest, outcome: "passed" | "trusted"): Decision {
  const auditAnnotations = outcome === "trusted" ? { trusted: "true" } : {};
  return { outcome, isProvisional: false, findings: [], answer: { uid, auditAnnotations } };
}
