/** The rules beyond the schemas, and how they are asked. */

import type { AdmissionRequest, Verdict } from "../../admission/contract.ts";
import type { Defaults } from "../../admission/defaults.ts";
import type { KubeObject, ResourceType } from "../../api/meta.ts";
import { causeOf, invalid } from "../http/status.ts";
import { applyJsonPatch } from "../patch/json_patch.ts";

/** Rules beyond the schemas. */
export interface Admission {
  /** What is filled in before a new object is validated; nothing where it is absent. */
  defaultsOf?(type: ResourceType, object: KubeObject): Defaults;
  /** Asked before each change is stored. */
  judge(request: AdmissionRequest): Verdict;
}

/**
 * Fills in what the author of a new object left out.
 *
 * @throws {ApiError} when there is nothing that could be filled in.
 */
export function withDefaults(
  admission: Admission,
  type: ResourceType,
  object: KubeObject,
): KubeObject {
  const defaults = admission.defaultsOf?.(type, object);
  if (defaults === undefined) return object;
  if (!defaults.ok) throw invalid(type, object.metadata.name, defaults.errors.map(causeOf));
  return applyJsonPatch(object, defaults.patch) as KubeObject;
}

/**
 * Lets a change pass that the rules allow.
 *
 * @returns What is worth a word about it, for the Warning header.
 * @throws {ApiError} with everything that is wrong.
 */
export function admitted(
  admission: Admission,
  request: AdmissionRequest,
  name: string,
): readonly string[] {
  const { errors, warnings } = admission.judge(request);
  if (errors.length > 0) throw invalid(request.type, name, errors.map(causeOf));
  return warnings.map(({ field, message }) => `${field}: ${message}`);
}
