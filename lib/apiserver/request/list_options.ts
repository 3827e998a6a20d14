/** Which part of which state a list is about (Kubernetes documentation "API concepts"). */

import type { ObjectStart } from "../store/queries.ts";
import { parseCount } from "./request_options.ts";
import { ApiError, badRequest, forbiddenValue, invalid, unsupportedValue } from "../http/status.ts";

/** `resourceVersionMatch`. */
const MATCHES = ["Exact", "NotOlderThan"] as const;

const TOKEN_VERSION = "meta.k8s.io/v1";

/** Revision of a token for a list that need not be consistent. */
const ANY_REVISION = -1;

/** What is listed. */
export interface ListOptions {
  /** Objects at most; absent for all. */
  readonly limit: number | undefined;
  /** The list begins behind this object. */
  readonly after: ObjectStart | undefined;
  /** The state to list; absent for the newest. */
  readonly revision: number | undefined;
  /** How many objects the list has from there on, if the token knows. */
  readonly remaining?: number | undefined;
}

/**
 * Reads the options of a list.
 *
 * @param currentRevision Of the store.
 * @throws {ApiError} 400 or 422 for malformed options, 504 for a revision of the future.
 */
export function parseListOptions(query: URLSearchParams, currentRevision: number): ListOptions {
  const match = query.get("resourceVersionMatch") ?? "";
  const token = query.get("continue") ?? "";
  checkMatch(match, { version: query.get("resourceVersion") ?? "", token });
  const limit = parseLimit(query.get("limit") ?? "");
  const revision = parseCount(query, "resourceVersion") ?? 0;
  if (token !== "") {
    if (revision === 0) return { limit, ...parseToken(token) };
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  if (revision > currentRevision) throw ofTheFuture(revision, currentRevision);
  return { limit, after: undefined, revision: match === "Exact" ? revision : undefined };
}

/**
 * The token that continues a list behind an object; without a revision it need not be consistent.
 *
 * @param remaining Objects that follow in the list, if their number is known.
 */
export function continueToken(
  start: ObjectStart,
  revision: number = ANY_REVISION,
  remaining?: number,
): string {
  const token = JSON.stringify({ v: TOKEN_VERSION, rv: revision, start, remaining });
  return new TextEncoder().encode(token).toBase64({ alphabet: "base64url", omitPadding: true });
}

function parseToken(token: string): Pick<ListOptions, "after" | "revision" | "remaining"> {
  let parsed: {
    v?: unknown;
    rv?: unknown;
    start?: Partial<ObjectStart> | null;
    remaining?: unknown;
  };
  try {
    const bytes = Uint8Array.fromBase64(token, { alphabet: "base64url" });
    parsed = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw badRequest("continue key is not valid: this server has not given it");
  }
  const { v, rv, start, remaining } = parsed ?? {};
  const { namespace, name } = start ?? {};
  const isWhole = typeof rv === "number" && typeof namespace === "string" &&
    typeof name === "string";
  if (v !== TOKEN_VERSION || !isWhole) {
    throw badRequest("continue key is not valid: this server has not given it");
  }
  return {
    after: { namespace, name },
    revision: rv === ANY_REVISION ? undefined : rv,
    remaining: typeof remaining === "number" ? remaining : undefined,
  };
}

function checkMatch(
  match: string,
  { version, token }: { readonly version: string; readonly token: string },
): void {
  if (match === "") return;
  const field = "resourceVersionMatch";
  const cause = token !== ""
    ? forbiddenValue(field, `${field} is forbidden with continue`)
    : version === ""
    ? forbiddenValue(field, `${field} is forbidden unless resourceVersion is provided`)
    : !MATCHES.some((known) => known === match)
    ? unsupportedValue(field, match, MATCHES)
    : match === "Exact" && version === "0"
    ? forbiddenValue(field, `${field} "Exact" is forbidden for resourceVersion "0"`)
    : undefined;
  if (cause !== undefined) {
    throw invalid({ kind: "ListOptions", group: "meta.k8s.io" }, "", [cause]);
  }
}

function parseLimit(text: string): number | undefined {
  if (!/^(?:-?\d{1,15})?$/.test(text)) {
    throw badRequest(`limit must be a whole number, not ${JSON.stringify(text)}`);
  }
  const limit = Number(text);
  return limit > 0 ? limit : undefined;
}

function ofTheFuture(wanted: number, current: number): ApiError {
  const message = "Too large resource version";
  return new ApiError(
    504,
    "Timeout",
    `Timeout: ${message}: ${wanted}, current: ${current}`,
    { causes: [{ reason: "ResourceVersionTooLarge", message, field: "" }], retryAfterSeconds: 1 },
  );
}
