/** Query parameters and headers of requests, checked. */

import { isJsonObject, stringAt, textOf } from "../../base/json.ts";
import {
  ApiError,
  badRequest,
  invalid,
  type StatusCause,
  unsupportedValue,
} from "../http/status.ts";
import type { IncludeObject } from "../kinds/table.ts";

const FIELD_VALIDATIONS = ["", "Ignore", "Strict", "Warn"] as const;
const PROPAGATION_POLICIES = ["Foreground", "Background", "Orphan"] as const;

/** What to do about fields that the schema does not know. */
export type FieldValidation = "Ignore" | "Strict" | "Warn";

/** What happens to the objects that a deleted object owns. */
export type PropagationPolicy = typeof PROPAGATION_POLICIES[number];

/** Options of create, replace and patch. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldValidation: FieldValidation;
}

/** Options of delete (meta.k8s.io/v1 DeleteOptions). */
export interface DeleteOptions {
  readonly dryRun: boolean;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly policy: PropagationPolicy;
}

/** The shape of an answer that the client asked for. */
export type OutputForm = "object" | "metadata" | "table";

/**
 * Reads the options of a write.
 *
 * @param kind Name that errors are reported under, such as `CreateOptions`.
 * @throws {ApiError} 422 for unknown values.
 */
export function parseWriteOptions(
  kind: "CreateOptions" | "UpdateOptions" | "PatchOptions",
  query: URLSearchParams,
): WriteOptions {
  const text = query.get("fieldValidation") ?? "";
  const fieldValidation = FIELD_VALIDATIONS.find((value) => value === text);
  const causes = dryRunCauses(query.getAll("dryRun"));
  if (fieldValidation === undefined) {
    causes.push(unsupportedValue("fieldValidation", text, FIELD_VALIDATIONS));
  }
  refuseOptions(kind, causes);
  return { dryRun: query.has("dryRun"), fieldValidation: fieldValidation || "Warn" };
}

/**
 * Reads the options of a deletion from the query and from the body, which wins.
 *
 * @throws {ApiError} 400 or 422 for malformed options.
 */
export function parseDeleteOptions(query: URLSearchParams, body: unknown): DeleteOptions {
  if (body !== undefined && !isJsonObject(body)) {
    throw badRequest("DeleteOptions must be an object");
  }
  const kind = stringAt(body, "kind");
  if (kind !== "" && kind !== "DeleteOptions") {
    throw badRequest(`the body of a DELETE must be of kind DeleteOptions, not ${kind}`);
  }
  const dryRun = (Array.isArray(body?.["dryRun"]) ? body["dryRun"] : query.getAll("dryRun"))
    .map(textOf);
  const policy = stringAt(body, "propagationPolicy") || (query.get("propagationPolicy") ?? "");
  const causes = dryRunCauses(dryRun);
  const known = PROPAGATION_POLICIES.find((value) => value === policy);
  if (policy !== "" && known === undefined) {
    causes.push(unsupportedValue("propagationPolicy", policy, PROPAGATION_POLICIES));
  }
  refuseOptions("DeleteOptions", causes);
  const uid = stringAt(body?.["preconditions"], "uid");
  const resourceVersion = stringAt(body?.["preconditions"], "resourceVersion");
  return {
    dryRun: dryRun.length > 0,
    policy: known ?? (body?.["orphanDependents"] === true ? "Orphan" : "Background"),
    ...(uid === "" ? {} : { uid }),
    ...(resourceVersion === "" ? {} : { resourceVersion }),
  };
}

/** Reads `includeObject`, which only tables use. */
export function parseIncludeObject(query: URLSearchParams): IncludeObject {
  const text = query.get("includeObject") ?? "Metadata";
  if (text === "None" || text === "Metadata" || text === "Object") return text;
  throw badRequest(`includeObject must be None, Metadata or Object, not ${text}`);
}

/**
 * Reads a whole number from the query.
 *
 * @throws {ApiError} 400 when it is something else.
 */
export function parseCount(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(`${name} must be a whole number, not ${JSON.stringify(text)}`);
}

/** Kinds of `meta.k8s.io` that objects and lists can be shown as, in lower case. */
const FORMS: Readonly<Record<string, OutputForm>> = {
  table: "table",
  partialobjectmetadata: "metadata",
  partialobjectmetadatalist: "metadata",
};

/**
 * Chooses the shape of the answer from the Accept header: the first that is known.
 *
 * @throws {ApiError} 406 when none of them is known.
 */
export function parseAccept(header: string | undefined): OutputForm {
  for (const range of (header || "*/*").split(",")) {
    const [type, ...parameters] = range.split(";").map((part) => part.trim().toLowerCase());
    if (type !== "application/json" && type !== "application/*" && type !== "*/*") continue;
    const as = parameters.find((parameter) => parameter.startsWith("as="));
    if (as === undefined) return "object";
    const form = FORMS[as.slice("as=".length)];
    if (form !== undefined && parameters.includes("g=meta.k8s.io")) return form;
  }
  throw new ApiError(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json",
  );
}

function dryRunCauses(values: readonly string[]): StatusCause[] {
  const good = values.every((value) => value === "All");
  return good ? [] : [unsupportedValue("dryRun", values, ["All"])];
}

function refuseOptions(kind: string, causes: readonly StatusCause[]): void {
  if (causes.length > 0) throw invalid({ kind, group: "meta.k8s.io" }, "", causes);
}
