/** Turns what an API server answers on failure into {@link StatusError}. */

import { asJsonObject, isJsonObject, objectAt, parseJson, stringAt } from "../../base/json.ts";
import { type StatusCause, StatusError } from "../contract.ts";

/** A failed answer over HTTP. */
export interface FailedResponse {
  /** What was asked, such as `PUT /api/v1/namespaces/default`. */
  readonly request: string;
  readonly code: number;
  readonly retryAfter: string | null;
  readonly body: string;
}

/** Longest part of a foreign body that is repeated in a message. */
const FOREIGN_BODY_CHARS_MAX = 200;

/** Longest text, and most causes, of a `Status` that are kept: they go to logs and conditions. */
const MESSAGE_CHARS_MAX = 2000;
const WORD_CHARS_MAX = 256;
const CAUSES_MAX = 50;

/** Reasons that the API server itself gives for these codes (`metav1.StatusReason`). */
const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** Reads a failed answer; a proxy in between may have sent a body that is no `Status`. */
export function statusErrorOfResponse(response: FailedResponse): StatusError {
  const retryAfterSeconds = parseRetryAfter(response.retryAfter);
  const status = asJsonObject(parseJson(response.body));
  if (status?.["kind"] === "Status") {
    return statusErrorOfObject(status, { code: response.code, retryAfterSeconds });
  }
  const excerpt = withoutCredentials(response.body.trim()).slice(0, FOREIGN_BODY_CHARS_MAX);
  return new StatusError(
    response.code,
    REASONS[response.code] ?? "Unknown",
    `${response.request} was answered with HTTP status ${response.code}${
      excerpt === "" ? "" : `: ${excerpt}`
    }`,
    [],
    retryAfterSeconds,
  );
}

/**
 * Reads a `Status` object, as the body of an answer or as the object of an ERROR event of a watch.
 *
 * @param known What the HTTP headers said; the object's own words come first, except for the wait.
 */
export function statusErrorOfObject(
  object: unknown,
  known: { readonly code?: number; readonly retryAfterSeconds?: number | undefined } = {},
): StatusError {
  const status = asJsonObject(object) ?? {};
  const details = objectAt(status, "details");
  const code = numberOr(status["code"], known.code ?? 500);
  const reason = stringAt(status, "reason").slice(0, WORD_CHARS_MAX) ||
    (REASONS[code] ?? "Unknown");
  const wait = details["retryAfterSeconds"];
  const retryAfterSeconds = known.retryAfterSeconds ??
    (typeof wait === "number" && wait > 0 ? wait : undefined);
  const message = stringAt(status, "message").slice(0, MESSAGE_CHARS_MAX) ||
    `the API server reported ${reason} (${code})`;
  return new StatusError(code, reason, message, causesOf(details["causes"]), retryAfterSeconds);
}

/** A proxy may answer with the request that it refused. */
function withoutCredentials(text: string): string {
  return text.replaceAll(/\b(Bearer|Basic)\s+[\w.~+/=:-]+/gi, "$1 ...");
}

function causesOf(causes: unknown): readonly StatusCause[] {
  if (!Array.isArray(causes)) return [];
  return causes.slice(0, CAUSES_MAX).filter(isJsonObject).map((cause) => ({
    field: stringAt(cause, "field").slice(0, WORD_CHARS_MAX),
    message: stringAt(cause, "message").slice(0, MESSAGE_CHARS_MAX),
    reason: stringAt(cause, "reason").slice(0, WORD_CHARS_MAX),
  }));
}

/** Seconds of a Retry-After header; API servers send no dates (RFC 9110 section 10.2.3). */
function parseRetryAfter(header: string | null): number | undefined {
  return header !== null && /^\d{1,6}$/.test(header.trim()) ? Number(header) : undefined;
}

function numberOr(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isInteger(value) ? value : fallback;
}
