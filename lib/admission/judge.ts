/** Judges changes of our kinds before they are stored, and lists the rules by which it does. */

import { objectAt, stringAt } from "../base/json.ts";
import { parseIPPool } from "../api/ippool/parse_ippool.ts";
import { IPPOOLS, VIRTUAL_MACHINE_NETWORK_CONFIGS } from "../api/resources.ts";
import { parseVirtualMachineNetworkConfig } from "../api/vmnetcfg/parse_vmnetcfg.ts";
import { type CheckRow, checksOf, type KindOfChecks } from "./admission_check.ts";
import { IPPOOL_CHECKS } from "./checks/ippool_checks.ts";
import { VMNETCFG_CHECKS } from "./checks/vmnetcfg_checks.ts";
import type { AdmissionRequest, AdmissionWorld, Finding, Verdict } from "./contract.ts";

const KINDS: readonly KindOfChecks[] = [
  checksOf(IPPOOLS, parseIPPool, IPPOOL_CHECKS),
  checksOf(VIRTUAL_MACHINE_NETWORK_CONFIGS, parseVirtualMachineNetworkConfig, VMNETCFG_CHECKS),
];

/** A rule with the kind that it is for. */
export interface AdmissionCheck extends CheckRow {
  readonly kind: string;
}

/** All rules, in the order of `docs/admission.md`. */
export const ADMISSION_CHECKS: readonly AdmissionCheck[] = KINDS.flatMap(({ type, rows }) =>
  rows.map((row) => ({ ...row, kind: type.kind }))
);

/**
 * Judges a change. Everything that is wrong is named at once.
 *
 * An update is not refused for what was wrong before it: otherwise an old object could not even
 * lose a finalizer. One that leaves the specification as it is always passes. An object that is being
 * deleted is judged by itself alone: while it waits for its users, it serves them.
 *
 * @returns Nothing for kinds that there are no rules for.
 */
export function judge(request: AdmissionRequest, world: AdmissionWorld): Verdict {
  const { group, plural } = request.type;
  const kind = KINDS.find(({ type }) => type.group === group && type.plural === plural);
  return kind?.judge(request, world) ?? { errors: [], warnings: [] };
}

/** Why a request is denied, in a sentence. It begins as in the Go version. */
export function denialOf(
  { type, operation, object, oldObject }: AdmissionRequest,
  errors: readonly Finding[],
): string {
  const subject = object ?? oldObject;
  const metadata = objectAt(subject, "metadata");
  const namespace = stringAt(metadata, "namespace") || "default";
  const reasons = errors.map(({ field, message }) => `${message} (${field})`);
  return `cannot ${operation.toLowerCase()} ${type.kind} ${namespace}/${
    stringAt(metadata, "name")
  } because ${reasons.join("; ")}`;
}
