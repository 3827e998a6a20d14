/** Answers the API servers of a cluster, which ask about each change of our kinds. */

import {
  readAdmissionReview,
  type ReviewRequest,
} from "../api/admission_review/admission_review.ts";
import { formatReviewAnswer } from "../api/admission_review/review_answer.ts";
import { keyOf } from "../api/meta.ts";
import type { Clock } from "../base/clock.ts";
import { errorOf } from "../base/errors.ts";
import {
  type HttpRequest,
  type HttpResponse,
  jsonResponse,
  RequestBodyError,
  textResponse,
} from "../http/exchange.ts";
import type { Logger } from "../observe/logger.ts";
import { decide, type Decision, type Question } from "./decision.ts";
import type { Rules } from "./rules.ts";
import type { WebhookMetrics } from "./webhook_metrics.ts";

/** Paths of the Go version: a configuration that it has left asks there. */
export const PATHS: Readonly<Record<Question, string>> = {
  validation: "/v1/webhook/validation",
  mutation: "/v1/webhook/mutation",
};

/**
 * Largest review, in octets. It has the object before and after a change, each of which may have 3 MiB in
 * a request, and escapes in JSON.
 */
export const REVIEW_BYTES_MAX = 7 * 1024 * 1024;

/**
 * How long a denial waits for the caches that it comes from, which are a moment behind: a script that
 * makes a network and then its pool would be told that there is no such network.
 */
export const BEHIND_MS_MAX = 500;

/** How long changes of the caches gather before the rules look again: the first time, and then twice as long. */
const GATHERED_MS = 10;

const UNJUDGED =
  "the webhook of vm-dhcp could not judge this change because of a fault of its own; " +
  "its log says more";

/** What the handler works with. */
export interface WebhookParts {
  readonly rules: Rules;
  readonly metrics: WebhookMetrics;
  readonly log: Logger;
  readonly clock: Pick<Clock, "monotonicMs" | "sleep">;
  /** Why nothing can be judged now, as the rules do not know the cluster yet; `undefined` when they do. */
  readonly unready: () => string | undefined;
}

/** Makes the handler. */
export function createWebhookHandler(
  parts: WebhookParts,
): (request: HttpRequest) => Promise<HttpResponse> {
  return async (request) => {
    const question = questionOf(request.path);
    if (question === undefined) return text(404, `there are ${Object.values(PATHS).join(" ")}`);
    const end = parts.metrics.begin(request.path);
    const startMs = parts.clock.monotonicMs();
    const response = await answer(question, request, parts);
    end(response.status, parts.clock.monotonicMs() - startMs);
    return response;
  };
}

function questionOf(path: string): Question | undefined {
  return path === PATHS.validation
    ? "validation"
    : path === PATHS.mutation
    ? "mutation"
    : undefined;
}

async function answer(
  question: Question,
  request: HttpRequest,
  parts: WebhookParts,
): Promise<HttpResponse> {
  if (request.method !== "POST") return text(405, `${request.method} is not allowed, only POST`);
  const type = request.headers["content-type"] ?? "";
  if (!/^application\/json\s*(;|$)/i.test(type)) {
    return text(400, `the content type must be application/json, not ${JSON.stringify(type)}`);
  }
  let body: string;
  try {
    body = new TextDecoder("utf-8", { fatal: true }).decode(await request.readBody());
  } catch (error) {
    if (error instanceof RequestBodyError) return text(error.status, error.message);
    if (error instanceof TypeError) return text(400, "the body is not UTF-8");
    throw error;
  }
  const read = readAdmissionReview(body);
  if (!read.ok) return text(400, read.reason);
  const unready = parts.unready();
  if (unready !== undefined) return text(503, unready);
  return jsonResponse(formatReviewAnswer(await judged(question, read.request, parts)));
}

/** A fault of ours must not keep anybody from changing an object: the schema still guards it. */
async function judged(
  question: Question,
  review: ReviewRequest,
  parts: WebhookParts,
): Promise<Decision["answer"]> {
  try {
    const decision = await decideForGood(question, review, parts);
    parts.metrics.decided(question, decision);
    tell(question, review, decision, parts.log);
    return decision.answer;
  } catch (thrown) {
    parts.metrics.failed();
    parts.log.log("error", "cannot judge a change", {
      ...subjectOf(review),
      error: errorOf(thrown),
    });
    return { uid: review.uid, warnings: question === "validation" ? [UNJUDGED] : [] };
  }
}

async function decideForGood(
  question: Question,
  review: ReviewRequest,
  { rules, clock }: WebhookParts,
): Promise<Decision> {
  let decision = decide(question, review, rules);
  if (!decision.isProvisional) return decision;
  const over = new AbortController();
  void clock.sleep(BEHIND_MS_MAX, over.signal).then(() => over.abort());
  for (let ms = GATHERED_MS; decision.isProvisional; ms *= 2) {
    if (!await rules.changed(over.signal)) break;
    await clock.sleep(ms, over.signal);
    decision = decide(question, review, rules);
  }
  over.abort();
  return decision;
}

function tell(
  question: Question,
  review: ReviewRequest,
  { outcome, findings, answer }: Decision,
  log: Logger,
): void {
  const fields = {
    ...subjectOf(review),
    question,
    outcome,
    ...(findings.length === 0 ? {} : { checks: findings.map(({ check }) => check) }),
    ...(answer.refusal === undefined ? {} : { reason: answer.refusal.message }),
  };
  if (outcome === "denied") log.log("info", "change denied", fields);
  else log.log("debug", "change reviewed", fields);
}

function subjectOf(review: ReviewRequest) {
  const { plural, operation, user, isDryRun, object = review.oldObject } = review;
  return {
    resource: plural,
    ...(object === undefined ? {} : { object: keyOf(object) }),
    operation,
    user,
    isDryRun,
  };
}

function text(status: number, message: string): HttpResponse {
  return textResponse(`${message}\n`, status);
}
